/** The wire form of DNS messages (RFC 1035), bounded: one reader for DNS, mDNS, LLMNR and NetBIOS names. */
import { dottedQuad, ipv6Text, u16, u32, utf8Text } from '../bytes.ts';
import { Recurring } from '../recurring.ts';
import type { WeirdName } from '../weird.ts';

const NAME_MAX = 255;
const JUMPS_MAX = 64;
export const RECORDS_MAX = 256;

const scratch = new Uint8Array(320);
/** Letters of other scripts are UTF-8 (RFC 6762, 16; RFC 4795, 2.1); what is none stays as its bytes. */
const names = new Recurring(utf8Text, NAME_MAX);

/** A name read by `readName`, and where the record goes on; `next` -1 when it is broken. */
export class DnsName {
  /** Bytes of the text. */
  length = 0;
  next = -1;
  fault: WeirdName | '' = '';

  /** The text without the final dot; only of the name that was read last. */
  get text(): string {
    return names.get(scratch, 0, this.length);
  }
}

function broken(name: DnsName, fault: WeirdName): boolean {
  name.fault = fault;
  name.next = -1;
  name.length = 0;
  return false;
}

/**
 * Reads the name at `at` of the message [start, end) into `name`, lower case. Compression pointers may only point
 * back, and at most 64 are followed.
 */
export function readName(data: Uint8Array, start: number, at: number, end: number, name: DnsName): boolean {
  let length = 0;
  let wire = 0;
  let jumps = 0;
  let next = -1;
  let limit = at;
  name.fault = '';
  for (;;) {
    if (at >= end) return broken(name, 'dns-bad-label');
    const size = data[at]!;
    if (size === 0) {
      at++;
      break;
    }
    if (size >= 0xc0) {
      if (at + 2 > end) return broken(name, 'dns-bad-label');
      if (next < 0) next = at + 2;
      const target = start + (u16(data, at) & 0x3fff);
      if (target >= limit || ++jumps > JUMPS_MAX) return broken(name, 'dns-label-loop');
      limit = target;
      at = target;
      continue;
    }
    if (size > 63 || at + 1 + size > end) return broken(name, 'dns-bad-label');
    wire += size + 1;
    if (wire > NAME_MAX) return broken(name, 'dns-name-too-long');
    if (length > 0) scratch[length++] = 0x2e;
    for (let i = at + 1; i <= at + size; i++) {
      const c = data[i]!;
      scratch[length++] = c >= 0x41 && c <= 0x5a ? c + 32 : c;
    }
    at += 1 + size;
  }
  name.length = length;
  name.next = next < 0 ? at : next;
  return true;
}

/** What one message says; reused from message to message, so read it before the next. */
export class DnsView {
  id = 0;
  response = false;
  opcode = 0;
  authoritative = false;
  truncated = false;
  rcode = 0;
  questions = 0;
  answers = 0;
  qname = '';
  qtype = 0;
  qclass = 0;
  addresses: string[] = [];
  /** Whose address each is, from the first that is not the question's; sparse before it. */
  owners: string[] = [];
  names: string[] = [];
  /** Addresses of hosts that stand beside the answers (targets of SRV, MX and NS; of mDNS whatever stands there), and whose. */
  besides: string[] = [];
  besidesOwners: string[] = [];
  /** Names of NetBIOS that the sender of a status says are its own, as "name<20>". */
  own: string[] = [];
  answerBytes = 0;
  ttl = 0;
  /** Where the message ends, -1 when it is broken; what broke. */
  next = -1;
  fault: WeirdName | '' = '';
}

const name = new DnsName();
const octets = new Uint8Array(16);

function ipv6(raw: string): string {
  for (let i = 0; i < 16; i++) octets[i] = raw.charCodeAt(i);
  return ipv6Text(octets, 0);
}

function ipv4(raw: string): string {
  for (let i = 0; i < 4; i++) octets[i] = raw.charCodeAt(i);
  return dottedQuad(octets, 0);
}

const addresses4 = new Recurring(ipv4);
const addresses6 = new Recurring(ipv6);

const LIST_MAX = 16;
const POINTER_TO_QUESTION = 0xc00c;

/** Which of DNS' relatives a message is: they give some records another meaning. */
export type Relative = 'dns' | 'mdns' | 'llmnr' | 'nbns';

/** Records of NetBIOS (RFC 1002, 4.2.1.3): addresses of a name, and the names of a node. */
const NB = 32;
const NBSTAT = 33;
const NB_SIZE = 6;
const STATUS_SIZE = 18;
/** The name is a group's, of many hosts. */
const NB_GROUP = 0x8000;

/** Pairs of flags and address. Only names of single hosts are given addresses. */
function readNb(data: Uint8Array, from: number, stop: number, owner: string, view: DnsView): void {
  for (let at = from; at + NB_SIZE <= stop && view.addresses.length < LIST_MAX; at += NB_SIZE) {
    if (u16(data, at) & NB_GROUP) continue;
    if (owner !== view.qname) view.owners[view.addresses.length] = owner;
    view.addresses.push(addresses4.get(data, at + 2, at + NB_SIZE));
  }
}

/** A count, then names of 15 letters, a suffix and flags each. */
function readStatus(data: Uint8Array, from: number, stop: number, view: DnsView): void {
  const count = from < stop ? data[from]! : 0;
  for (let i = 0; i < count && view.own.length < LIST_MAX; i++) {
    const at = from + 1 + i * STATUS_SIZE;
    if (at + STATUS_SIZE > stop) return;
    if (u16(data, at + 16) & NB_GROUP) continue;
    view.own.push(nodeName(data, at));
  }
}

/** Fifteen letters, filled with blanks, and the suffix as "<20>". */
function nodeName(data: Uint8Array, at: number): string {
  let name = '';
  for (let i = at; i < at + 15; i++) if (data[i]! >= 0x20 && data[i]! < 0x7f) name += String.fromCharCode(data[i]!);
  return `${name.trimEnd().toLowerCase()}<${data[at + 15]!.toString(16).padStart(2, '0')}>`;
}

/** An address record that answers nothing: of a host that an answer names, in mDNS of any. */
function readBesides(
  data: Uint8Array,
  type: number,
  from: number,
  stop: number,
  pointed: boolean,
  relative: Relative,
  view: DnsView,
): void {
  if ((type !== 1 && type !== 28) || stop - from !== (type === 1 ? 4 : 16) || view.besides.length >= LIST_MAX) return;
  const owner = pointed ? view.qname : name.text;
  if (relative !== 'mdns' && !view.names.includes(owner)) return;
  view.besides.push((type === 1 ? addresses4 : addresses6).get(data, from, stop));
  view.besidesOwners.push(owner);
}

/** Types whose data is one name (NS, CNAME, PTR, DNAME …), and where the name begins in it (MX, SRV, …). */
function nameOffset(type: number): number {
  switch (type) {
    case 2:
    case 5:
    case 6:
    case 12:
    case 39:
      return 0;
    case 15:
      return 2;
    case 33:
      return 6;
    default:
      return -1;
  }
}

function readRecord(
  data: Uint8Array,
  start: number,
  at: number,
  end: number,
  view: DnsView,
  isAnswer: boolean,
  relative: Relative,
): number {
  // The question's name was read, so that a pointer to it needs no second look.
  const pointed = view.questions > 0 && at + 2 <= end && u16(data, at) === POINTER_TO_QUESTION;
  if (!pointed && !readName(data, start, at, end, name)) {
    view.fault = name.fault;
    return -1;
  }
  const r = pointed ? at + 2 : name.next;
  if (r + 10 > end) return -1;
  const size = u16(data, r + 8);
  const from = r + 10;
  const stop = from + size;
  if (stop > end) return -1;
  const type = u16(data, r);
  if (!isAnswer) {
    readBesides(data, type, from, stop, pointed, relative, view);
    return stop;
  }
  if (view.questions === 0 && view.qname === '') {
    view.qname = name.text;
    view.qtype = type;
    view.qclass = u16(data, r + 2);
  }
  view.ttl = Math.max(view.ttl, u32(data, r + 4) | 0);
  view.answerBytes += size;
  if (type === 1 || type === 28) {
    const wanted = type === 1 ? 4 : 16;
    if (size !== wanted) view.fault = 'dns-bad-length';
    else if (view.addresses.length < LIST_MAX) {
      // Most records begin with a pointer to the question.
      if (!pointed && name.text !== view.qname) view.owners[view.addresses.length] = name.text;
      view.addresses.push((type === 1 ? addresses4 : addresses6).get(data, from, stop));
    }
    return stop;
  }
  if (relative === 'nbns' && (type === NB || type === NBSTAT)) {
    if (type === NB) readNb(data, from, stop, pointed ? view.qname : name.text, view);
    else readStatus(data, from, stop, view);
    return stop;
  }
  const offset = nameOffset(type);
  if (
    offset >= 0 &&
    size > offset &&
    view.names.length < LIST_MAX &&
    readName(data, start, from + offset, stop, name)
  ) {
    view.names.push(name.text);
  }
  return stop;
}

/**
 * Reads the message [at, end). `partial`: the capture lacks its end, so missing records are no fault.
 * False when the header does not fit; then `view` holds nothing.
 */
export function readDns(
  data: Uint8Array,
  at: number,
  end: number,
  partial: boolean,
  relative: Relative,
  view: DnsView,
): boolean {
  view.fault = '';
  view.next = -1;
  view.qname = '';
  view.qtype = 0;
  view.qclass = 0;
  view.addresses = [];
  view.owners = [];
  view.names = [];
  if (view.besides.length > 0) view.besides = [];
  if (view.besidesOwners.length > 0) view.besidesOwners = [];
  if (view.own.length > 0) view.own = [];
  view.answerBytes = 0;
  view.ttl = 0;
  if (end - at < 12) return false;
  const flags = u16(data, at + 2);
  view.id = u16(data, at);
  view.response = (flags & 0x8000) !== 0;
  view.opcode = (flags >>> 11) & 15;
  view.authoritative = (flags & 0x0400) !== 0;
  view.truncated = (flags & 0x0200) !== 0;
  view.rcode = flags & 15;
  view.questions = u16(data, at + 4);
  view.answers = u16(data, at + 6);
  const others = u16(data, at + 8) + u16(data, at + 10);
  let next = at + 12;
  const whole = readQuestions(data, at, next, end, view);
  next = whole;
  if (next >= 0) next = readRecords(data, at, next, end, others, relative, view);
  view.next = next;
  if (partial) view.fault = '';
  else if (next < 0 && !view.truncated) view.fault ||= 'dns-count-lies';
  return true;
}

function readQuestions(data: Uint8Array, start: number, at: number, end: number, view: DnsView): number {
  let next = at;
  for (let i = 0; i < view.questions; i++) {
    if (i >= RECORDS_MAX || next >= end) return -1;
    if (!readName(data, start, next, end, name)) {
      view.fault = name.fault;
      return -1;
    }
    if (name.next + 4 > end) return -1;
    if (i === 0) {
      view.qname = name.text;
      view.qtype = u16(data, name.next);
      view.qclass = u16(data, name.next + 2);
    }
    next = name.next + 4;
  }
  return next;
}

function readRecords(
  data: Uint8Array,
  start: number,
  at: number,
  end: number,
  others: number,
  relative: Relative,
  view: DnsView,
): number {
  let next = at;
  const total = view.answers + others;
  for (let i = 0; i < total; i++) {
    if (i >= RECORDS_MAX) return end;
    if (next >= end) return -1;
    next = readRecord(data, start, next, end, view, i < view.answers, relative);
    if (next < 0) return -1;
  }
  return next;
}

const TYPES_MAX = 260;

function plausibleType(type: number): boolean {
  return (type > 0 && type <= TYPES_MAX) || (type >= 32768 && type <= 32769) || (type >= 0xff00 && type < 0xffff);
}

const CLASSES = new Set([1, 3, 4, 254, 255, 0x8001, 0x80ff]);

/**
 * Whether the twelve bytes at `at` may be the header of a DNS message: its fields are in their ranges.
 * On a usual port the flags may be odd (fuzzers, NetBIOS); elsewhere they must be exactly right.
 */
export function plausibleHeader(data: Uint8Array, at: number, usualPort: boolean): boolean {
  const flags = u16(data, at + 2);
  const response = (flags & 0x8000) !== 0;
  const opcode = (flags >>> 11) & 15;
  const questions = u16(data, at + 4);
  const answers = u16(data, at + 6);
  const authority = u16(data, at + 8);
  const additional = u16(data, at + 10);
  if (opcode > 8 || questions > 32 || answers + authority + additional > RECORDS_MAX) return false;
  if (questions === 0 && (!response || answers + authority === 0)) return false;
  if (!usualPort) {
    if (opcode !== 0 && opcode !== 4 && opcode !== 5) return false;
    if (questions > 1 || (!response && (answers > 0 || authority > 0 || additional > 2))) return false;
    if (flags & 0x0040 || (!response && flags & 0x048f)) return false;
    if ((flags & 15) > 10) return false;
  }
  return true;
}

/** Whether [at, end) looks like a DNS message: a header that may be one (`plausibleHeader`), and a first name that can be read. */
export function looksLikeDns(data: Uint8Array, at: number, end: number, usualPort: boolean): boolean {
  if (end - at < 17 || !plausibleHeader(data, at, usualPort)) return false;
  if (!readName(data, at, at + 12, end, name)) return usualPort && name.fault !== 'dns-bad-label';
  if (name.next + 4 > end) return false;
  if (!usualPort && name.length === 0) return false;
  return plausibleType(u16(data, name.next)) && CLASSES.has(u16(data, name.next + 2));
}

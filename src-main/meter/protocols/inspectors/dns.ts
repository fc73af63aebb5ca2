/** DNS over UDP and TCP (RFC 1035, RFC 7766), mDNS (RFC 6762), LLMNR (RFC 4795) and NetBIOS names (RFC 1002). */
import { u16 } from '../bytes.ts';
import type { FlowContext } from '../context.ts';
import { MAYBE, NO, YES, type Inspector, type Probe, type Session, type Verdict } from '../inspector.ts';
import type { DnsMessage } from '../types.ts';
import { coded, type Words } from '../words.ts';
import { DnsView, looksLikeDns, plausibleHeader, readDns } from './dns-wire.ts';

/** What an answer's code says (RFC 1035, 4.1.1; RFC 2136, 2.2). */
const ANSWERS: Words = new Map([
  [0, 'no error'],
  [1, 'format error'],
  [2, 'server failure'],
  [3, 'no such name'],
  [4, 'not implemented'],
  [5, 'refused'],
  [6, 'name exists'],
  [9, 'not authoritative'],
]);
const view = new DnsView();

/** "WORKSTATION<20>" of a first-level encoded NetBIOS name (32 letters a–p, each half a byte); else the text itself. */
export function netbiosName(text: string): string {
  const dot = text.indexOf('.');
  const encoded = dot < 0 ? text : text.slice(0, dot);
  if (encoded.length !== 32 || !/^[a-p]+$/.test(encoded)) return text;
  let name = '';
  for (let i = 0; i < 30; i += 2) {
    const c = ((encoded.charCodeAt(i) - 97) << 4) | (encoded.charCodeAt(i + 1) - 97);
    if (c >= 0x20 && c < 0x7f) name += String.fromCharCode(c);
  }
  const suffix = ((encoded.charCodeAt(30) - 97) << 4) | (encoded.charCodeAt(31) - 97);
  return `${name.trimEnd().toLowerCase()}<${suffix.toString(16).padStart(2, '0')}>`;
}

function variantOf(flow: FlowContext): DnsMessage['variant'] {
  const { origPort, respPort } = flow;
  if (respPort === 5353 || origPort === 5353) return 'mdns';
  if (respPort === 5355 || origPort === 5355) return 'llmnr';
  if (respPort === 137 || origPort === 137) return 'nbns';
  return 'dns';
}

/** Padding, as some embedded senders add. */
function zeros(data: Uint8Array, at: number, end: number): boolean {
  for (let i = at; i < end; i++) if (data[i] !== 0) return false;
  return true;
}

/** Registrations of NetBIOS names (RFC 1002, 4.2.2): new, refreshed in either way, and by several addresses. */
const REGISTRATIONS: ReadonlySet<number> = new Set([5, 8, 9, 15]);
const GROUP = 0x80;

/** The sender claims a name of its own: the record at the end holds its flags and address. */
function claimed(flow: FlowContext, data: Uint8Array, end: number, qname: string): void {
  if (view.response || !REGISTRATIONS.has(view.opcode) || flow.partial || data[end - 6]! & GROUP) return;
  flow.emit({ ...flow.head(), kind: 'named', source: 'netbios', name: qname });
}

function list(flow: FlowContext, fact: string, values: readonly string[]): void {
  if (values.length === 1) flow.fact(fact, values[0]!, true);
  else if (values.length > 1 && !flow.stated(fact)) flow.fact(fact, values.join(' '), true);
}

function ownersOf(variant: DnsMessage['variant']): string[] {
  const owners = view.addresses.map((_, i) => view.owners[i] ?? view.qname);
  return variant === 'nbns' ? owners.map(netbiosName) : owners;
}

/** Facts of the name first asked for and of its answer; names that were asked for after it are listed. */
function state(flow: FlowContext, variant: DnsMessage['variant'], qname: string): void {
  if (variant === 'mdns' && view.response && view.questions === 0) return flow.also('dns.announced', qname);
  if (!flow.isFirst('dns.query', qname)) return flow.also('dns.more', qname);
  if (variant === 'dns') flow.host(qname);
  if (!view.response) return;
  if (!flow.stated('dns.rcode')) flow.say('dns.rcode', coded(ANSWERS, view.rcode));
  list(flow, 'dns.addresses', view.addresses);
  list(flow, 'dns.names', variant === 'nbns' ? view.own : view.names);
}

/** One message at [at, end); emits it, and what is wrong with it. */
function message(flow: FlowContext, data: Uint8Array, at: number, end: number): void {
  const variant = variantOf(flow);
  if (!readDns(data, at, end, flow.partial, variant, view)) return;
  const qname = variant === 'nbns' ? netbiosName(view.qname) : view.qname;
  flow.emit({
    sec: flow.sec,
    nano: flow.nano,
    flow: flow.id,
    orig: flow.orig,
    resp: flow.resp,
    respPort: flow.respPort,
    fromOrig: flow.fromOrig,
    kind: 'dns',
    variant,
    response: view.response,
    id: view.id,
    rcode: view.rcode,
    qname,
    qtype: view.qtype,
    addresses: view.addresses,
    owners: view.owners.length > 0 ? ownersOf(variant) : undefined,
    names: view.names,
    besides: view.besides.length > 0 ? { addresses: view.besides, owners: view.besidesOwners } : undefined,
    answers: view.answers,
    size: flow.tcp ? end - at : flow.wire,
    answerBytes: view.answerBytes,
    authoritative: view.authoritative,
    ttl: view.ttl,
  });
  if (variant === 'nbns') {
    claimed(flow, data, end, qname);
    for (const name of view.own) flow.emit({ ...flow.head(), kind: 'named', source: 'netbios', name });
  }
  state(flow, variant, qname);
  if (view.fault !== '') flow.weird(view.fault, qname);
  else if (view.next >= 0 && view.next < end && variant !== 'nbns' && !flow.partial && !zeros(data, view.next, end)) {
    flow.weird('dns-trailing-bytes', `${end - view.next} bytes after ${qname}`);
  }
}

/** DNS holds no state between messages, so all flows share one session. */
const session: Session = {
  datagram(flow, _fromOrig, data, at, end) {
    message(flow, data, at, end);
  },
  /** Over TCP each message follows its length, two bytes. */
  read(flow, _fromOrig, data, at, end) {
    let next = at;
    while (next + 2 <= end) {
      const length = u16(data, next);
      if (length > 16384) {
        const shown = Math.min(end, next + 2 + length);
        flow.partial = shown < next + 2 + length;
        message(flow, data, next + 2, shown);
        flow.partial = false;
        next += 2 + length;
        continue;
      }
      if (next + 2 + length > end) break;
      message(flow, data, next + 2, next + 2 + length);
      next += 2 + length;
    }
    return next;
  },
};

function apps(flow: FlowContext): Session {
  const variant = variantOf(flow);
  if (variant === 'mdns') flow.name('dns', 'MDNS');
  else if (variant === 'llmnr') flow.name('dns', 'LLMNR');
  else if (variant === 'nbns') flow.name('dns', 'NetBIOS');
  return session;
}

const PORTS = [53, 5353, 5355, 137];

function usual(p: Probe): boolean {
  return PORTS.includes(p.respPort) || PORTS.includes(p.origPort);
}

function probeUdp(p: Probe): Verdict {
  return looksLikeDns(p.data, p.at, p.end, usual(p)) ? YES : NO;
}

const LENGTH = 2;
const HEADER = 12;
/** A length that two printable letters make, as text begins; no message whose beginning comes in pieces is as long. */
const LETTERS = 0x2020;

function probeTcp(p: Probe): Verdict {
  const { data, at, end } = p;
  const onPort = p.respPort === 53 || p.origPort === 53;
  if (end - at < LENGTH) return onPort ? MAYBE : NO;
  const length = u16(data, at);
  if (length < 17) return NO;
  if (end - at < LENGTH + HEADER) return onPort && length < LETTERS ? MAYBE : NO;
  if (!plausibleHeader(data, at + LENGTH, usual(p))) return NO;
  if (end - at < Math.min(length, 512) + LENGTH) return onPort ? MAYBE : NO;
  if (!onPort && length <= 512 && at + 2 + length !== end) return NO;
  return looksLikeDns(data, at + 2, Math.min(end, at + 2 + length), usual(p)) ? YES : NO;
}

export const dns: Inspector = {
  id: 'dns',
  over: 'both',
  ports: PORTS,
  service: 'dns',
  app: 'DNS',
  probe: (p) => (p.tcp ? probeTcp(p) : probeUdp(p)),
  open: apps,
};

/**
 * DCE/RPC (C706; MS-RPCE): which interfaces are bound and which of their operations are called. Over TCP here; the
 * reader is also fed with what SMB pipes carry.
 */
import { latin1, u16 as u16be, u16le, u32, u32le } from '../bytes.ts';
import type { FlowContext } from '../context.ts';
import { MAYBE, NO, YES, type Inspector, type Probe, type Session, type Verdict } from '../inspector.ts';
import { Recurring } from '../recurring.ts';
import { readSecurity } from './gssapi.ts';
import { RpcContexts, type Offer } from './rpc-contexts.ts';
import { interfaceName, operationName } from './rpc-interfaces.ts';
import { RpcTold } from './rpc-told.ts';

const HEADER = 16;
const REQUEST = 0;
const FAULT = 3;
const BIND = 11;
const BIND_ACK = 12;
const ALTER_CONTEXT = 14;
const ALTER_CONTEXT_RESPONSE = 15;
const LAST_BINDING = 16;
const LAST_TYPE = 19;
/** Bytes of a call looked at: enough for the class an activation asks for. */
const CALL_BYTES = 1024;
/** Windows reads no larger fragment before both ends have agreed on one. */
const BIND_BYTES = 6144;
/** Told of a connection or pipe, beside what tells something by itself. */
const MESSAGES = 512;
const DATAGRAMS = 256;
const DATAGRAM_HEADER = 80;
const PRIVACY = 6;
const LITTLE_ENDIAN = 0x10;
const HAS_OBJECT = 0x80;

/** Classes with which programs on other machines are started, by the first bytes of their id as sent. */
const CLASSES: ReadonlyMap<string, string> = new Map([
  ['1a79b249aeb1904c9b8ee860ba07f889', 'MMC20.Application'],
  ['7259a09ba8f6cf11a44200a0c90a8f39', 'ShellWindows'],
  ['90fd8ac0a1f2d111845500a0c91f3880', 'ShellBrowserWindow'],
  ['0045020000000000c000000000000046', 'Excel.Application'],
  ['5ef0c38b6bd8d011a07500c04fb68820', 'WMI'],
  ['06f0c38b6bd8d011a07500c04fb68820', 'WMI'],
]);
/** Their first two bytes: one alone may be zero, of which arguments are full. */
const CLASS_STARTS: ReadonlySet<number> = new Set(
  [...CLASSES.keys()].map((hex) => Number.parseInt(hex.slice(0, 4), 16)),
);

/** Where a header could stand: version 5, a known type, a sane data representation and length. */
export function isHeader(data: Uint8Array, at: number): boolean {
  if (data[at] !== 5 || data[at + 1]! > 1 || data[at + 2]! > LAST_TYPE) return false;
  const order = data[at + 4]!;
  if ((order !== LITTLE_ENDIAN && order !== 0) || data[at + 5]! > 3 || data[at + 6] !== 0 || data[at + 7] !== 0)
    return false;
  return u16(data, at + 8, order) >= HEADER;
}

function u16(data: Uint8Array, at: number, order: number): number {
  return order === LITTLE_ENDIAN ? u16le(data, at) : u16be(data, at);
}

/** The number that joins an answer to its request. */
function callOf(data: Uint8Array, at: number, order: number): number {
  return order === LITTLE_ENDIAN ? u32le(data, at + 12) : u32(data, at + 12);
}

/** The UUID in 16 bytes, of which the first three groups follow the byte order of the message. */
function uuidText(raw: string, little: boolean): string {
  const bytes = Buffer.from(raw, 'latin1');
  if (little) {
    bytes.subarray(0, 4).reverse();
    bytes.subarray(4, 6).reverse();
    bytes.subarray(6, 8).reverse();
  }
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}

const littleUuids = new Recurring((raw) => uuidText(raw, true));

function uuid(data: Uint8Array, at: number, order: number): string {
  return order === LITTLE_ENDIAN ? littleUuids.get(data, at, at + 16) : uuidText(latin1(data, at, at + 16, 16), false);
}

/** Reads the calls of one connection or pipe. */
export class DcerpcReader {
  private readonly transport: string;
  private readonly contexts = new RpcContexts();
  private readonly told = new RpcTold();
  private emitted = 0;

  constructor(transport: string) {
    this.transport = transport;
  }

  /**
   * One PDU, or as much of it as is there: bytes [at, end). Returns its length by the header, 0 when none stands there,
   * -1 when more bytes are needed to say something about it.
   */
  pdu(flow: FlowContext, data: Uint8Array, at: number, end: number): number {
    if (end - at < HEADER) return -1;
    if (!isHeader(data, at)) return 0;
    const order = data[at + 4]!;
    const length = u16(data, at + 8, order);
    const type = data[at + 2]!;
    const binding = type >= BIND && type <= LAST_BINDING;
    if (type !== REQUEST && type !== FAULT && !binding) return length;
    const wanted = Math.min(length, binding ? BIND_BYTES : CALL_BYTES);
    if (end - at < wanted) return -1;
    const stop = at + wanted;
    if (binding) {
      if (type === BIND || type === ALTER_CONTEXT) this.bind(flow, data, at, stop, order);
      else if (type === BIND_ACK || type === ALTER_CONTEXT_RESPONSE) this.bound(flow, data, at, stop, order);
      if (stop === at + length) verifier(flow, data, at, stop, order);
    } else if (type === REQUEST) this.call(flow, data, at, stop, order, length);
    else this.say(flow, 'fault', '', -1, 0, false, false, '');
    return length;
  }

  /** A message of the connectionless protocol (C706 12.5.2), which names the interface in each. */
  datagram(flow: FlowContext, data: Uint8Array, at: number, end: number): void {
    if (!isDatagram(data, at, end)) return;
    const order = data[at + 4]!;
    const type = data[at + 1]!;
    if (type === FAULT) this.say(flow, 'fault', '', -1, 0, false, false, '');
    if (type !== REQUEST) return;
    const bound = uuid(data, at + 24, order);
    // Later fragments of a call repeat its header.
    if (u16(data, at + 76, order) > 0) return;
    this.say(flow, 'call', bound, u16(data, at + 68, order), u16(data, at + 74, order), false, false, '');
  }

  /** C706 12.6.4.3: after the header 8 bytes, a count, then contexts with one interface and its transfer syntaxes. */
  private bind(flow: FlowContext, data: Uint8Array, at: number, end: number, order: number): void {
    let pos = at + HEADER + 8;
    if (pos + 4 > end) return;
    const count = data[pos]!;
    pos += 4;
    let last = '';
    const offers: Offer[] = [];
    for (let i = 0; i < count && pos + 24 <= end; i++) {
      const context = u16(data, pos, order);
      const syntaxes = data[pos + 2]!;
      const bound = uuid(data, pos + 4, order);
      offers.push({ context, bound });
      if (bound !== last) this.say(flow, 'bind', bound, -1, 0, false, false, '');
      last = bound;
      pos += 24 + syntaxes * 20;
    }
    if (offers.length < count) flow.giveUp();
    // What a pipe answers is read from it, which is not looked at.
    this.contexts.ask(flow, callOf(data, at, order), offers, this.transport === 'tcp');
  }

  /** C706 12.6.4.4: after the header 8 bytes, a second address, at the next fourth byte a count, then the results. */
  private bound(flow: FlowContext, data: Uint8Array, at: number, end: number, order: number): void {
    const address = at + HEADER + 8;
    if (address + 2 > end) return;
    const list = at + ((HEADER + 8 + 2 + u16(data, address, order) + 3) & ~3);
    if (list + 4 > end) return;
    const results: number[] = [];
    for (let i = 0, pos = list + 4; i < data[list]! && pos + 24 <= end; i++, pos += 24)
      results.push(u16(data, pos, order));
    this.contexts.answer(flow, callOf(data, at, order), results);
  }

  /** The connection or pipe ended before the flow. */
  forget(flow: FlowContext): void {
    this.contexts.forget(flow);
    this.told.forget(flow);
  }

  private call(flow: FlowContext, data: Uint8Array, at: number, end: number, order: number, length: number): void {
    if (end - at < HEADER + 8) return;
    const operation = u16(data, at + HEADER + 6, order);
    const context = u16(data, at + HEADER + 4, order);
    let stub = at + HEADER + 8;
    const authentication = u16(data, at + 10, order);
    const hasObject = (data[at + 3]! & HAS_OBJECT) !== 0;
    if (hasObject) stub += 16;
    // The security trailer stands before the token, at the end of the fragment: readable when all of it is here.
    const trailer = at + length - authentication - 8;
    const encrypted = authentication > 0 && trailer >= stub && trailer + 8 <= end && data[trailer + 1] === PRIVACY;
    const orpc =
      stub + 4 <= end &&
      u16(data, stub, order) === 5 &&
      u16(data, stub + 2, order) <= 7 &&
      u16(data, stub + 2, order) >= 1;
    const size = Math.max(0, length - (stub - at) - (authentication > 0 ? authentication + 8 : 0));
    const detail = !encrypted && operation >= 3 && operation <= 4 ? classIn(data, stub, end) : '';
    this.say(flow, 'call', this.contexts.of(context), operation, size, encrypted, hasObject || orpc, detail);
  }

  private say(
    flow: FlowContext,
    what: 'bind' | 'call' | 'fault',
    bound: string,
    operation: number,
    size: number,
    encrypted: boolean,
    object: boolean,
    detail: string,
  ): void {
    const telling = this.told.first(flow, bound, operation, object, detail);
    if (!telling && this.emitted++ >= MESSAGES) return flow.fact('dcerpc.untold', `more than ${MESSAGES} messages`);
    if (bound !== '') flow.also('dcerpc.interface', interfaceName(bound));
    if (what === 'call') flow.also('dcerpc.operation', operationName(bound, operation));
    if (encrypted) flow.fact('dcerpc.encrypted', 'yes');
    flow.emit(
      {
        ...flow.head(),
        kind: 'dcerpc',
        what,
        interface: bound,
        operation,
        size,
        encrypted,
        transport: this.transport,
        object,
        detail,
      },
      telling,
    );
  }
}

/** The verifier at the end of a PDU that binds: SPNEGO (9), NTLM (10) or Kerberos (16). */
function verifier(flow: FlowContext, data: Uint8Array, at: number, stop: number, order: number): void {
  const size = u16(data, at + 10, order);
  const from = stop - size - 8;
  if (size === 0 || from < at + HEADER) return;
  const type = data[from]!;
  if (type === 9 || type === 10 || type === 16) readSecurity(flow, data, from + 8, stop);
}

function classIn(data: Uint8Array, at: number, end: number): string {
  for (let pos = at; pos + 16 <= end; pos += 4) {
    if (!CLASS_STARTS.has((data[pos]! << 8) | data[pos + 1]!)) continue;
    const known = CLASSES.get(Buffer.from(data.buffer, data.byteOffset + pos, 16).toString('hex'));
    if (known) return known;
  }
  return '';
}

/** A capture that begins within a connection still shows its calls: reading goes on at the next header after a gap. */
class DcerpcSession implements Session {
  private readonly reader: DcerpcReader;
  private datagrams = 0;

  constructor(transport: string) {
    this.reader = new DcerpcReader(transport);
  }

  datagram(flow: FlowContext, _fromOrig: boolean, data: Uint8Array, at: number, end: number): void {
    this.reader.datagram(flow, data, at, end);
    if (++this.datagrams >= DATAGRAMS) flow.finish();
  }

  read(flow: FlowContext, _fromOrig: boolean, data: Uint8Array, at: number, end: number): number {
    let pos = at;
    while (pos < end) {
      const length = this.reader.pdu(flow, data, pos, end);
      if (length < 0) return pos;
      if (length === 0) return end;
      pos += length;
    }
    return pos;
  }

  gap(): boolean {
    return true;
  }
}

function probe(p: Probe): Verdict {
  if (!p.tcp) return isDatagram(p.data, p.at, p.end) ? YES : NO;
  if (p.data[p.at] !== 5) return NO;
  if (p.end - p.at >= HEADER) return isHeader(p.data, p.at) ? YES : NO;
  if (p.end - p.at > 1 && p.data[p.at + 1]! > 1) return NO;
  return p.end - p.at > 2 && p.data[p.at + 2]! > LAST_TYPE ? NO : MAYBE;
}

/** The connectionless form: version 4 and a header of 80 bytes. */
function isDatagram(data: Uint8Array, at: number, end: number): boolean {
  if (end - at < DATAGRAM_HEADER || data[at] !== 4 || data[at + 1]! > 10 || data[at + 5]! > 3 || data[at + 6] !== 0)
    return false;
  const order = data[at + 4]!;
  if (order !== LITTLE_ENDIAN && order !== 0) return false;
  return u16(data, at + 74, order) + DATAGRAM_HEADER <= end - at && u16(data, at + 68, order) < 1024;
}

export const dcerpc: Inspector = {
  id: 'dcerpc',
  over: 'both',
  ports: [135, 593],
  first: [0x04, 0x05],
  service: 'dce_rpc',
  app: 'DCERPC',
  probe,
  open: (flow) => new DcerpcSession(flow.tcp ? 'tcp' : 'udp'),
};

/** RADIUS (RFC 2865): a length that is the datagram's, and attributes that fill it exactly. */
import { dottedQuad, text, u16 } from '../bytes.ts';
import type { FlowContext } from '../context.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';
import { once } from '../once.ts';
import { coded, type Words } from '../words.ts';

const CODES: Words = new Map([
  [1, 'ask for access'],
  [2, 'accept'],
  [3, 'reject'],
  [4, 'ask for accounting'],
  [5, 'accounting noted'],
  [11, 'challenge'],
  [12, 'server status'],
  [13, 'client status'],
  [40, 'disconnect'],
  [41, 'disconnected'],
  [42, 'not disconnected'],
  [43, 'change authorisation'],
  [44, 'authorisation changed'],
  [45, 'authorisation not changed'],
]);
/** Attributes that are facts (RFC 2865, 5); addresses are four bytes, the rest is text. */
const TEXTS: ReadonlyMap<number, string> = new Map([
  [1, 'radius.user'],
  [18, 'radius.reply'],
  [30, 'radius.called'],
  [31, 'radius.calling'],
  [32, 'radius.nas'],
]);
const ADDRESSES: ReadonlyMap<number, string> = new Map([
  [4, 'radius.nas.address'],
  [8, 'radius.address'],
]);
/** How the user proves himself; what with is never kept. */
const PROOFS: ReadonlyMap<number, string> = new Map([
  [2, 'password, hidden by the shared secret'],
  [3, 'CHAP'],
  [79, 'EAP'],
]);
const ATTRIBUTES_MAX = 64;
const PAYLOADS = 8;

function attributes(flow: FlowContext, _fromOrig: boolean, data: Uint8Array, at: number, end: number): void {
  if (end - at < 20) return;
  flow.also('radius.message', coded(CODES, data[at]!));
  const stop = Math.min(end, at + u16(data, at + 2));
  let next = at + 20;
  for (let i = 0; i < ATTRIBUTES_MAX && next + 2 <= stop; i++) {
    const kind = data[next]!;
    const after = next + data[next + 1]!;
    if (after < next + 2 || after > stop) return;
    const name = TEXTS.get(kind);
    const address = ADDRESSES.get(kind);
    if (name !== undefined) flow.also(name, text(data, next + 2, after, 128));
    else if (address !== undefined && after === next + 6) flow.also(address, dottedQuad(data, next + 2));
    else flow.also('radius.proof', PROOFS.get(kind) ?? '');
    next = after;
  }
}
const PORTS = [1812, 1813, 1645, 1646, 3799];

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  if (end - at < 20 || !CODES.has(data[at]!)) return NO;
  const length = u16(data, at + 2);
  if (PORTS.includes(p.respPort) || PORTS.includes(p.origPort)) return length >= 20 && length <= 4096 ? YES : NO;
  if (at + length !== end || length < 26) return NO;
  let next = at + 20;
  while (next + 2 <= end && data[next + 1]! >= 2 && data[next]! !== 0) next += data[next + 1]!;
  return next === end ? YES : NO;
}

export const radius: Inspector = {
  id: 'radius',
  over: 'udp',
  ports: [1812, 1813, 1645, 1646, 3799],
  first: [0x01, 0x02, 0x03, 0x04, 0x05, 0x0b, 0x0c, 0x0d, 0x28, 0x29, 0x2a, 0x2b, 0x2c, 0x2d],
  service: 'radius',
  app: 'RADIUS',
  probe,
  open: once(attributes, PAYLOADS),
};

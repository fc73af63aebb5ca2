/** IKE (RFC 7296, RFC 2408): the header whose length is the datagram's; also behind the marker of RFC 3948. */
import { hex, u16, u32 } from '../bytes.ts';
import type { FlowContext } from '../context.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';
import { once } from '../once.ts';
import { coded, type Words } from '../words.ts';

const EXCHANGES: Words = new Map([
  [2, 'main mode'],
  [4, 'aggressive mode'],
  [5, 'informational'],
  [32, 'quick mode'],
  [34, 'IKE_SA_INIT'],
  [35, 'IKE_AUTH'],
  [36, 'CREATE_CHILD_SA'],
  [37, 'INFORMATIONAL'],
]);
/** The first bytes of the identifiers that makers and extensions put into their payloads. */
const VENDORS: ReadonlyMap<string, string> = new Map([
  ['4a131c81070358455c5728f20e95452f', 'NAT traversal (RFC 3947)'],
  ['afcad71368a1f1c96b8696fc77570100', 'dead peer detection'],
  ['4048b7d56ebce88525e7de7f00d6c2d3', 'IKE fragmentation'],
  ['1e2b516905991c7d7c96fcbfb587e461', 'Microsoft'],
  ['12f5f28c457168a9702d9fe274cc0100', 'Cisco Unity'],
  ['09002689dfd6b712', 'XAUTH'],
  ['882fe56d6fd20dbc2251613b2ebe5beb', 'strongSwan'],
  ['90cb80913ebb696e086381b5ec427b1f', 'NAT traversal (draft 2)'],
  ['7d9419a65310ca6f2c179d9215529d56', 'NAT traversal (draft 3)'],
]);
const VENDOR_1 = 13;
const VENDOR_2 = 43;
const ENCRYPTED_1 = 1;
const HEADER = 28;
const PAYLOADS = 4;
const PARTS = 32;

/** Behind the marker that tells IKE from ESP on the port of NAT traversal. */
function start(flow: Pick<Probe, 'respPort' | 'origPort'>, data: Uint8Array, at: number, end: number): number {
  return end - at >= 32 && (flow.respPort === 4500 || flow.origPort === 4500) && u32(data, at) === 0 ? at + 4 : at;
}

function exchange(flow: FlowContext, _fromOrig: boolean, data: Uint8Array, from: number, end: number): void {
  const at = start(flow, data, from, end);
  if (end - at < HEADER || data[at + 17]! >>> 4 === 0) return;
  flow.fact('ike.version', `${data[at + 17]! >>> 4}`);
  flow.also('ike.exchange', coded(EXCHANGES, data[at + 18]!));
  if (data[at + 17] === 0x10 && data[at + 19]! & ENCRYPTED_1) return;
  let kind = data[at + 16]!;
  let next = at + HEADER;
  for (let i = 0; i < PARTS && kind !== 0 && next + 4 <= end; i++) {
    const stop = next + u16(data, next + 2);
    if (stop < next + 4 || stop > end) return;
    if (kind === VENDOR_1 || kind === VENDOR_2) flow.also('ike.vendor', vendor(hex(data, next + 4, stop, 32)));
    kind = data[next]!;
    next = stop;
  }
}

function vendor(id: string): string {
  for (const [known, name] of VENDORS) if (id.startsWith(known)) return name;
  return id;
}

function probe(p: Probe): Verdict {
  const { data, end } = p;
  const at = start(p, data, p.at, end);
  if (end - at < 28) return NO;
  const version = data[at + 17]!;
  if (version !== 0x10 && version !== 0x20) return NO;
  return u32(data, at + 24) === end - at && (u32(data, at) !== 0 || u32(data, at + 4) !== 0) ? YES : NO;
}

export const isakmp: Inspector = {
  id: 'isakmp',
  over: 'udp',
  ports: [500, 4500],
  service: '',
  app: 'IPSec',
  probe,
  open: once(exchange, PAYLOADS),
};

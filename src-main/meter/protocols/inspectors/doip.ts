/** Diagnostics of vehicles over IP (DoIP, ISO 13400-2): a version and its complement, a kind, and a length that fits. */
import { u16, u32 } from '../bytes.ts';
import type { FlowContext } from '../context.ts';
import { MAYBE, NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';
import { once } from '../once.ts';
import { usual } from '../ports.ts';

const PORTS = [13400];
const HEADER = 8;
const LENGTH_MAX = 0x100000;

const KINDS: ReadonlyMap<number, string> = new Map([
  [0x0000, 'negative acknowledgement'],
  [0x0001, 'vehicle identification request'],
  [0x0002, 'vehicle identification request'],
  [0x0003, 'vehicle identification request'],
  [0x0004, 'vehicle announcement'],
  [0x0005, 'routing activation request'],
  [0x0006, 'routing activation response'],
  [0x0007, 'alive check request'],
  [0x0008, 'alive check response'],
  [0x4001, 'entity status request'],
  [0x4002, 'entity status response'],
  [0x4003, 'power mode request'],
  [0x4004, 'power mode response'],
  [0x8001, 'diagnostic message'],
  [0x8002, 'diagnostic acknowledgement'],
  [0x8003, 'diagnostic refusal'],
]);

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  const size = end - at;
  if (size < 2) return p.tcp && usual(p, PORTS) ? MAYBE : NO;
  if ((data[at]! ^ data[at + 1]!) !== 0xff) return NO;
  if (size < HEADER) return p.tcp && usual(p, PORTS) ? MAYBE : NO;
  const length = u32(data, at + 4);
  if (!KINDS.has(u16(data, at + 2)) || length > LENGTH_MAX) return NO;
  if (usual(p, PORTS)) return p.tcp || HEADER + length === size ? YES : NO;
  return length > 0 && HEADER + length === size ? YES : NO;
}

function kind(flow: FlowContext, _fromOrig: boolean, data: Uint8Array, at: number, end: number): void {
  if (end - at >= HEADER) flow.fact('doip.message', KINDS.get(u16(data, at + 2)) ?? '');
}

export const doip: Inspector = {
  id: 'doip',
  over: 'both',
  ports: PORTS,
  first: [0x01, 0x02, 0x03, 0x04, 0xff],
  service: '',
  app: 'DoIP',
  probe,
  open: once(kind),
};

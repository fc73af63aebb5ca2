/** WireGuard: the fixed sizes of its handshake messages, or data whose counter is small and whose length is padded. */
import { u32 } from '../bytes.ts';
import type { FlowContext } from '../context.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';
import { once } from '../once.ts';
import { coded, type Words } from '../words.ts';

const MESSAGES: Words = new Map([
  [1, 'handshake begins'],
  [2, 'handshake answered'],
  [3, 'cookie: the answerer is under load'],
  [4, 'data'],
]);
const PAYLOADS = 4;
const SIZES: ReadonlyMap<number, number> = new Map([
  [1, 148],
  [2, 92],
  [3, 64],
]);
const DATA = 4;

function messages(flow: FlowContext, _fromOrig: boolean, data: Uint8Array, at: number, end: number): void {
  if (at < end) flow.also('wireguard.message', coded(MESSAGES, data[at]!));
}

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  if (data[at + 1] !== 0 || data[at + 2] !== 0 || data[at + 3] !== 0) return NO;
  if (data[at] !== DATA) return SIZES.get(data[at]!) === end - at ? YES : NO;
  // Receiver and counter, then at least a tag; what is inside is padded to 16 bytes.
  return end - at >= 32 && (end - at) % 16 === 0 && u32(data, at + 12) === 0 && u32(data, at + 4) !== 0 ? YES : NO;
}

export const wireguard: Inspector = {
  id: 'wireguard',
  over: 'udp',
  ports: [51820],
  first: [0x01, 0x02, 0x03, 0x04],
  service: '',
  app: 'WireGuard',
  probe,
  open: once(messages, PAYLOADS),
};

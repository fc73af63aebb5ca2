/** SMPP, short messages between centres: a known command, a length that fits, a sequence number. */
import { u32, find, text } from '../bytes.ts';
import type { FlowContext } from '../context.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';
import { once } from '../once.ts';

const COMMANDS = new Set([1, 2, 3, 4, 5, 6, 7, 8, 9, 0x0b, 0x15, 0x21, 0x102, 0x103]);
function bind(flow: FlowContext, _fromOrig: boolean, data: Uint8Array, at: number, end: number): void {
  const command = u32(data, at + 4);
  if (end - at < 18 || (command !== 1 && command !== 2 && command !== 9)) return;
  const zero = find(data, 0, at + 16, Math.min(end, at + 32));
  if (zero < 0) return;
  const system = text(data, at + 16, zero);
  flow.fact('smpp.system', system);
  if (zero + 1 < end && data[zero + 1] !== 0) flow.inTheClear('password', system);
}

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  if (end - at < 16) return NO;
  const length = u32(data, at);
  const command = u32(data, at + 4);
  if (length < 16 || length > 70_000 || at + length > end + 65536 || !COMMANDS.has(command & 0x7fffffff)) return NO;
  const request = command < 0x80000000;
  return at + length <= end &&
    (!request || u32(data, at + 8) === 0) &&
    u32(data, at + 12) < 0x80000000 &&
    u32(data, at + 12) > 0
    ? YES
    : NO;
}

export const smpp: Inspector = {
  id: 'smpp',
  over: 'tcp',
  ports: [2775],
  first: [0x00],
  service: '',
  app: 'SMPP',
  probe,
  open: once(bind),
};

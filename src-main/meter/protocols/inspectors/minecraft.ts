/** Minecraft (Java edition): the handshake with its length, the server's name and the next state. */
import { isAsciiText, text } from '../bytes.ts';
import type { FlowContext } from '../context.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';
import { once } from '../once.ts';

/** Where the server's name stands in a handshake; -1 when it is none. */
function nameAt(data: Uint8Array, at: number, end: number): number {
  if (end - at < 8 || data[at]! > 0x7f || data[at + 1] !== 0) return -1;
  let next = at + 2;
  while (next < at + 7 && next < end && data[next]! & 0x80) next++;
  const length = data[++next] ?? 0;
  if (next >= end || length === 0 || length > 0x7f || next + 1 + length + 3 !== at + 1 + data[at]!) return -1;
  return next + 1 + length + 3 <= end ? next : -1;
}
function handshake(flow: FlowContext, _fromOrig: boolean, data: Uint8Array, at: number, end: number): void {
  const name = nameAt(data, at, end);
  if (name > 0) flow.fact('minecraft.host', text(data, name + 1, name + 1 + data[name]!, 128));
}

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  if (!p.fromOrig || !p.fromStart) return NO;
  const name = nameAt(data, at, end);
  if (name < 0 || !isAsciiText(data, name + 1, name + 1 + data[name]!)) return NO;
  const state = data[at + data[at]!]!;
  return state >= 1 && state <= 3 ? YES : NO;
}

export const minecraft: Inspector = {
  id: 'minecraft',
  over: 'tcp',
  ports: [25565],
  service: '',
  app: 'Minecraft',
  probe,
  open: once(handshake),
};

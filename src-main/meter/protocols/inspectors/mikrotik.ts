/** MikroTik's neighbour discovery: elements that fill the datagram, the address of the card first. */
import { u16, u32, text } from '../bytes.ts';
import type { FlowContext } from '../context.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';
import { once } from '../once.ts';

const TEXTS: ReadonlyMap<number, string> = new Map([
  [5, 'mikrotik.identity'],
  [7, 'mikrotik.version'],
  [8, 'mikrotik.platform'],
  [12, 'mikrotik.board'],
]);
function neighbour(flow: FlowContext, _fromOrig: boolean, data: Uint8Array, at: number, end: number): void {
  let next = at + 4;
  for (let i = 0; i < 32 && next + 4 <= end; i++) {
    const stop = next + 4 + u16(data, next + 2);
    if (stop > end) return;
    const name = TEXTS.get(u16(data, next));
    if (name !== undefined) flow.fact(name, text(data, next + 4, stop, 64));
    next = stop;
  }
}

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  if (end - at === 4) return u32(data, at) === 0 ? YES : NO;
  return end - at >= 14 && u16(data, at + 4) === 1 && u16(data, at + 6) === 6 ? YES : NO;
}

export const mikrotik: Inspector = {
  id: 'mikrotik',
  over: 'udp',
  ports: [5678],
  portBound: true,
  service: '',
  app: 'Mikrotik',
  probe,
  open: once(neighbour),
};

/** Ubiquiti's discovery: a request, or an answer whose length fits. */
import { u16, text } from '../bytes.ts';
import type { FlowContext } from '../context.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';
import { once } from '../once.ts';

function device(flow: FlowContext, _fromOrig: boolean, data: Uint8Array, at: number, end: number): void {
  let next = at + 4;
  for (let i = 0; i < 32 && next + 3 <= end; i++) {
    const stop = next + 3 + u16(data, next + 1);
    if (stop > end) return;
    const name =
      data[next] === 0x0b
        ? 'ubiquiti.name'
        : data[next] === 0x0c
          ? 'ubiquiti.model'
          : data[next] === 0x03
            ? 'ubiquiti.firmware'
            : '';
    if (name !== '') flow.fact(name, text(data, next + 3, stop, 64));
    next = stop;
  }
}

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  return end - at >= 4 && data[at + 1]! <= 0x0b && u16(data, at + 2) === end - at - 4 ? YES : NO;
}

export const ubiquiti: Inspector = {
  id: 'ubiquiti',
  over: 'udp',
  ports: [10001],
  first: [0x01, 0x02],
  portBound: true,
  service: '',
  app: 'UBNTAC2',
  probe,
  open: once(device),
};

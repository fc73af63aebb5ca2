/** AMQP 0-9-1 and 1.0 (OASIS, ISO/IEC 19464): the greeting with its version, or a whole frame. */
import { u32, startsWith } from '../bytes.ts';
import type { FlowContext } from '../context.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';
import { once } from '../once.ts';

const FRAME_END = 0xce;
function greeting(flow: FlowContext, _fromOrig: boolean, data: Uint8Array, at: number, end: number): void {
  if (end - at >= 8 && startsWith(data, at, end, 'AMQP'))
    flow.fact('amqp.version', `${data[at + 5]!}.${data[at + 6]!}.${data[at + 7]!}`);
}

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  if (data[at] === 0x41) return end - at >= 8 && startsWith(data, at, end, 'AMQP') && data[at + 4]! <= 3 ? YES : NO;
  if (end - at < 8) return NO;
  const stop = at + 7 + u32(data, at + 3);
  return stop < end && data[stop] === FRAME_END && (data[at] !== 8 || stop === at + 7) ? YES : NO;
}

export const amqp: Inspector = {
  id: 'amqp',
  over: 'tcp',
  ports: [5672],
  first: [0x01, 0x02, 0x03, 0x08, 0x41],
  service: '',
  app: 'AMQP',
  probe,
  open: once(greeting),
};

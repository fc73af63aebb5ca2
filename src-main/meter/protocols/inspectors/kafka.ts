/** Kafka: a request whose size fits, with a known key and version and a client's name in text. */
import { u16, u32, isAsciiText, text } from '../bytes.ts';
import type { FlowContext } from '../context.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';
import { once } from '../once.ts';
import { usual } from '../ports.ts';

const PORTS = [9092];
const KEY_MAX = 74;
const VERSION_MAX = 20;
const SIZE_MAX = 1 << 24;
function client(flow: FlowContext, fromOrig: boolean, data: Uint8Array, at: number, end: number): void {
  if (!fromOrig || end - at < 14) return;
  const length = u16(data, at + 12);
  if (length < 256 && at + 14 + length <= end) flow.fact('kafka.client', text(data, at + 14, at + 14 + length));
}

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  if (end - at < 8) return NO;
  const size = u32(data, at);
  if (size < 4 || size > SIZE_MAX) return NO;
  if (!p.fromOrig) return usual(p, PORTS) && at + 4 + size === end ? YES : NO;
  if (end - at < 14 || u16(data, at + 4) > KEY_MAX || u16(data, at + 6) > VERSION_MAX) return NO;
  const length = u16(data, at + 12);
  if (length === 0xffff) return usual(p, PORTS) ? YES : NO;
  if (length > 200 || length + 10 > size || at + 14 + length > end) return NO;
  return length > 0 ? (isAsciiText(data, at + 14, at + 14 + length) ? YES : NO) : usual(p, PORTS) ? YES : NO;
}

export const kafka: Inspector = {
  id: 'kafka',
  over: 'tcp',
  ports: PORTS,
  first: [0x00],
  service: '',
  app: 'Kafka',
  probe,
  open: once(client),
};

/** Xiaomi's push service: the mark and version of a message and its length. */
import { u16, u32 } from '../bytes.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  return end - at >= 12 && u16(data, at) === 0xc2fe && u16(data, at + 2) <= 16 && u32(data, at + 4) <= 32768 ? YES : NO;
}

export const xiaomi: Inspector = {
  id: 'xiaomi',
  over: 'tcp',
  ports: [5222, 443],
  first: [0xc2],
  service: '',
  app: 'Xiaomi',
  probe,
};

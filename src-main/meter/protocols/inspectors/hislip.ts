/** HiSLIP (IVI-6.1), instruments' remote control: its mark, a kind, and a length that fits. */
import { u32 } from '../bytes.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  if (end - at < 16 || data[at + 1] !== 0x53 || data[at + 2]! > 31 || u32(data, at + 8) !== 0) return NO;
  return at + 16 + u32(data, at + 12) >= end ? YES : NO;
}

export const hislip: Inspector = {
  id: 'hislip',
  over: 'tcp',
  ports: [4880],
  first: [0x48],
  service: '',
  app: 'HiSLIP',
  probe,
};

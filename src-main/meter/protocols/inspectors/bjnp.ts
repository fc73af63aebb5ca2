/** Canon's printers and scanners (BJNP): the mark, a kind of device, a length that fits. */
import { startsWith } from '../bytes.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';

const MARKS = ['BJNP', 'BJNB', 'MFNP', 'MFNB'];

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  if (end - at < 16) return NO;
  for (const mark of MARKS) if (startsWith(data, at, end, mark)) return (data[at + 4]! & 0x7f) <= 3 ? YES : NO;
  return NO;
}

export const bjnp: Inspector = {
  id: 'bjnp',
  over: 'both',
  ports: [8611, 8612, 8613, 8614],
  first: [0x42, 0x4d],
  service: '',
  app: 'BJNP',
  probe,
};

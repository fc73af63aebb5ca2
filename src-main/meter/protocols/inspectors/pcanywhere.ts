/** pcAnywhere: the two letters with which a host is asked for its name or its state. */
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  if (end - at !== 2) return NO;
  return (data[at] === 0x4e && data[at + 1] === 0x51) || (data[at] === 0x53 && data[at + 1] === 0x54) ? YES : NO;
}

export const pcanywhere: Inspector = {
  id: 'pcanywhere',
  over: 'udp',
  ports: [5632, 22],
  portBound: true,
  first: [0x4e, 0x53],
  service: '',
  app: 'pcAnywhere',
  probe,
};

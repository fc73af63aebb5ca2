/** UFTP, files by multicast: version 3 to 5, a known function. */
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  return end - at >= 16 && data[at + 1]! >= 1 && data[at + 1]! <= 20 ? YES : NO;
}

export const uftp: Inspector = {
  id: 'uftp',
  over: 'udp',
  ports: [1044],
  first: [0x30, 0x40, 0x50],
  portBound: true,
  service: '',
  app: 'UFTP',
  probe,
};

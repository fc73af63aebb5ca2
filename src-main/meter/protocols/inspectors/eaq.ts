/** Brazil's measurement of the quality of access (EAQ): datagrams of 16 bytes that begin with a number of four digits. */
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';

const SIZE = 16;

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  if (end - at !== SIZE) return NO;
  for (let i = at; i < at + 4; i++) if (data[i]! > 9 && (data[i]! < 0x30 || data[i]! > 0x39)) return NO;
  return YES;
}

export const eaq: Inspector = {
  id: 'eaq',
  over: 'udp',
  ports: [6000],
  portBound: true,
  service: '',
  app: 'EAQ',
  probe,
};

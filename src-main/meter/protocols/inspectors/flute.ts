/** Files by multicast (FLUTE, RFC 6726): a header of layered coding transport with the extension that describes files. */
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';

const FILE_TABLE = 192;

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  if (end - at < 16 || data[at + 2]! * 4 < 12 || at + data[at + 2]! * 4 > end) return NO;
  const stop = at + data[at + 2]! * 4;
  const half = (data[at + 1]! >>> 4) & 1;
  const session = ((data[at + 1]! >>> 7) & 1) * 4 + half * 2;
  const object = ((data[at + 1]! >>> 5) & 3) * 4 + half * 2;
  const from = at + 4 + (((data[at]! >>> 2) & 3) + 1) * 4 + session + object;
  if (from + 4 > stop || data[from] !== FILE_TABLE) return NO;
  return data[from + 1]! >>> 4 === 1 || data[from + 1]! >>> 4 === 2 ? YES : NO;
}

export const flute: Inspector = {
  id: 'flute',
  over: 'udp',
  ports: [],
  first: [0x10, 0x12, 0x14, 0x18, 0x1c],
  service: '',
  app: 'FLUTE',
  probe,
};

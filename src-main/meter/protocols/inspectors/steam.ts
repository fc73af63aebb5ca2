/** Steam: the marks of its datagrams and of discovery in the local network. */
import { u32, startsWith } from '../bytes.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  if (data[at] === 0x56) return end - at >= 36 && startsWith(data, at, end, 'VS01') ? YES : NO;
  return end - at >= 12 && u32(data, at) === 0xffffffff && u32(data, at + 4) === 0x214c5fa0 ? YES : NO;
}

export const steam: Inspector = {
  id: 'steam',
  over: 'udp',
  ports: [27036, 27031],
  first: [0x56, 0xff],
  service: '',
  app: 'Steam',
  probe,
};

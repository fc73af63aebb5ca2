/** CrossFire: the mark of the game's datagrams. */
import { u32 } from '../bytes.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  return end - at >= 25 && u32(data, at) === 0xc7d91999 && data[at + 4] === 2 && data[at + 5] === 0 ? YES : NO;
}

export const crossfire: Inspector = {
  id: 'crossfire',
  over: 'udp',
  ports: [],
  first: [0xc7],
  service: '',
  app: 'Crossfire',
  probe,
};

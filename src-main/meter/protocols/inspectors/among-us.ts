/** Among Us: the greeting of its transport on the game's ports. */
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  if (end - at < 3) return NO;
  return data[at] === 8 || data[at] === 9 || data[at] === 10 || data[at] === 12 || data[at]! <= 1 ? YES : NO;
}

export const amongUs: Inspector = {
  id: 'among-us',
  over: 'udp',
  ports: [22023, 22123, 22223, 22323, 22423, 22523, 22623, 22723, 22823, 22923],
  portBound: true,
  service: '',
  app: 'AmongUs',
  probe,
};

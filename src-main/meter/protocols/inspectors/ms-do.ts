/** Windows' Delivery Optimization between peers: the first message of either side, 75 bytes that begin with its name. */
import { matches } from '../bytes.ts';
import { MAYBE, NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';

const NAME = '\x0eSwarm protocol';

function probe(p: Probe): Verdict {
  const answer = matches(p.data, p.at, p.end, NAME);
  if (answer === 0) return NO;
  return answer === 2 ? YES : MAYBE;
}

export const msDo: Inspector = {
  id: 'ms-do',
  over: 'tcp',
  ports: [7680],
  first: [0x0e],
  service: '',
  app: 'MSDO',
  probe,
};

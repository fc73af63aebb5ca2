/** Munin: the greeting of its nodes. */
import { matches } from '../bytes.ts';
import type { Inspector, Probe, Verdict } from '../inspector.ts';

function probe(p: Probe): Verdict {
  return matches(p.data, p.at, p.end, '# munin node at ');
}

export const munin: Inspector = {
  id: 'munin',
  over: 'tcp',
  ports: [4949],
  first: [0x23],
  service: '',
  app: 'Munin',
  probe,
};

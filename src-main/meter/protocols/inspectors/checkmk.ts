/** Checkmk's agent: the heading of its output. */
import { matches } from '../bytes.ts';
import type { Inspector, Probe, Verdict } from '../inspector.ts';

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  return matches(data, at, end, '<<<check_mk>>>');
}

export const checkmk: Inspector = {
  id: 'checkmk',
  over: 'tcp',
  ports: [6556],
  first: [0x3c],
  service: '',
  app: 'CHECKMK',
  probe,
};

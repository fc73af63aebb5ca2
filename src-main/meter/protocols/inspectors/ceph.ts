/** Ceph's messenger, versions 1 and 2: the banner. */
import { matches } from '../bytes.ts';
import type { Inspector, Probe, Verdict } from '../inspector.ts';

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  return matches(data, at, end, 'ceph v');
}

export const ceph: Inspector = {
  id: 'ceph',
  over: 'tcp',
  ports: [3300, 6789],
  first: [0x63],
  service: '',
  app: 'Ceph',
  probe,
};

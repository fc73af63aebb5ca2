/** Network block devices: the server's greeting. */
import { matches } from '../bytes.ts';
import type { Inspector, Probe, Verdict } from '../inspector.ts';

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  return matches(data, at, end, 'NBDMAGIC');
}

export const nbd: Inspector = {
  id: 'nbd',
  over: 'tcp',
  ports: [10809],
  first: [0x4e],
  service: '',
  app: 'NBD',
  probe,
};

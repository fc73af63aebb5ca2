/** Citrix: the greeting of ICA, and that of its common gateway protocol. */
import { matches } from '../bytes.ts';
import type { Inspector, Probe, Verdict } from '../inspector.ts';

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  return data[at] === 0x1a ? matches(data, at, end, '\x1aCGP/01') : matches(data, at, end, '\x7f\x7fICA\0');
}

export const citrix: Inspector = {
  id: 'citrix',
  over: 'tcp',
  ports: [1494, 2598],
  first: [0x1a, 0x7f],
  service: '',
  app: 'Citrix',
  probe,
};

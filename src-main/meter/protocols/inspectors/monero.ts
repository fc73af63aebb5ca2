/** Monero's peers: the signature of their levin protocol. */
import { matches } from '../bytes.ts';
import type { Inspector, Probe, Verdict } from '../inspector.ts';

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  return matches(data, at, end, '\x01\x21\x01\x01\x01\x01\x01\x01');
}

export const monero: Inspector = {
  id: 'monero',
  over: 'tcp',
  ports: [18080],
  first: [0x01],
  service: '',
  app: 'Monero',
  probe,
};

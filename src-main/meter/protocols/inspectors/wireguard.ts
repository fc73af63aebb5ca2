/** WireGuard: the fixed sizes of its handshake messages. */
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';

const SIZES: ReadonlyMap<number, number> = new Map([
  [1, 148],
  [2, 92],
]);

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  if (data[at + 1] !== 0 || data[at + 2] !== 0 || data[at + 3] !== 0) return NO;
  return SIZES.get(data[at]!) === end - at ? YES : NO;
}

export const wireguard: Inspector = {
  id: 'wireguard',
  over: 'udp',
  ports: [51820],
  service: '',
  app: 'WireGuard',
  probe,
};

/** BitTorrent: the peers' handshake (BEP 3), and the distributed table over UDP (BEP 5). */
import { matches, startsWith } from '../bytes.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  if (p.tcp) return matches(data, at, end, '\x13BitTorrent protocol');
  if (data[at] !== 0x64) return NO;
  return startsWith(data, at, end, 'd1:ad2:id20:') || startsWith(data, at, end, 'd1:rd2:id20:') ? YES : NO;
}

export const bittorrent: Inspector = {
  id: 'bittorrent',
  over: 'both',
  ports: [6881, 6882, 6883, 6884, 6885, 6886, 6887, 6888, 6889],
  service: 'bittorrent',
  app: 'BitTorrent',
  probe,
};

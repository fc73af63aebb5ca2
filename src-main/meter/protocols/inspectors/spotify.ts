/** Spotify's search for players in the local network. */
import { startsWith } from '../bytes.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';

function probe(p: Probe): Verdict {
  return startsWith(p.data, p.at, p.end, 'SpotUdp') ? YES : NO;
}

export const spotify: Inspector = {
  id: 'spotify',
  over: 'udp',
  ports: [57621],
  first: [0x53],
  service: '',
  app: 'Spotify',
  probe,
};

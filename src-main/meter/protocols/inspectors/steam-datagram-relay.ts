/** Steam's relays (SteamNetworkingSockets): the ping by which a client finds the nearest. */
import { startsWith } from '../bytes.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';

const PING_MIN = 30;

function probe(p: Probe): Verdict {
  return p.end - p.at >= PING_MIN && startsWith(p.data, p.at + 2, p.end, 'sdping') ? YES : NO;
}

export const steamDatagramRelay: Inspector = {
  id: 'steam-datagram-relay',
  over: 'udp',
  ports: [],
  first: [0x01],
  service: '',
  app: 'SteamDatagramRelay',
  probe,
};

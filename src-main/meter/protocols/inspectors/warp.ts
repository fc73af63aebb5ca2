/** Cloudflare's WARP: WireGuard's handshake with an account's mark in the reserved bytes, on WARP's port. */
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';

function probe(p: Probe): Verdict {
  const size = p.end - p.at;
  return (p.data[p.at] === 1 && size === 148) || (p.data[p.at] === 2 && size === 92) ? YES : NO;
}

export const warp: Inspector = {
  id: 'warp',
  over: 'udp',
  ports: [2408],
  portBound: true,
  first: [0x01, 0x02],
  service: '',
  app: 'CloudflareWarp',
  probe,
};

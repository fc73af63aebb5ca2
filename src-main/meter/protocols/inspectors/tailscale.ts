/** Tailscale: the mark of its path discovery. */
import { startsWith } from '../bytes.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  return end - at >= 62 && startsWith(data, at, end, 'TS\xf0\x9f\x92\xac') ? YES : NO;
}

export const tailscale: Inspector = {
  id: 'tailscale',
  over: 'udp',
  ports: [41641],
  first: [0x54],
  service: '',
  app: 'Tailscale',
  probe,
};

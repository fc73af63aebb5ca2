/** VNC's remote frame buffer protocol (RFC 6143). */
import { matches } from '../bytes.ts';
import type { Inspector, Probe, Verdict } from '../inspector.ts';

function probe(p: Probe): Verdict {
  return matches(p.data, p.at, p.end, 'RFB 00');
}

export const rfb: Inspector = {
  id: 'rfb',
  over: 'tcp',
  ports: [5900, 5901, 5902],
  service: 'rfb',
  app: 'VNC',
  probe,
};

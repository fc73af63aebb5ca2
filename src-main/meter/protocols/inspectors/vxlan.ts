/** VXLAN (RFC 7348), where nothing inside could be followed. */
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  if (p.respPort !== 4789 && p.respPort !== 8472) return NO;
  return end - at >= 22 && data[at] === 8 && data[at + 1] === 0 && data[at + 2] === 0 && data[at + 7] === 0 ? YES : NO;
}

export const vxlan: Inspector = {
  id: 'vxlan',
  over: 'udp',
  ports: [4789, 8472],
  portBound: true,
  service: 'vxlan',
  app: 'VXLAN',
  probe,
};

/** Hot standby routers (RFC 2281), versions 1 and 2. */
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  if (end - at < 20) return NO;
  if (data[at] === 0) return data[at + 1]! <= 3 ? YES : NO;
  return data[at]! <= 4 && at + 2 + data[at + 1]! <= end ? YES : NO;
}

export const hsrp: Inspector = {
  id: 'hsrp',
  over: 'udp',
  ports: [1985, 2029],
  portBound: true,
  service: '',
  app: 'HSRP',
  probe,
};

/** Apple's remote desktop asks for its administrators: a datagram on its port. */
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  return end - at >= 4 && end - at <= 1024 && data[at + 1]! <= 0x20 ? YES : NO;
}

export const ard: Inspector = {
  id: 'ard',
  over: 'udp',
  ports: [3283],
  first: [0x00],
  portBound: true,
  service: '',
  app: 'AppleRemoteDesktop',
  probe,
};

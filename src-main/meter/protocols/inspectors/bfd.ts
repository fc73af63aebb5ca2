/** Bidirectional forwarding detection (RFC 5880): version 1 and a length that fits. */
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  return end - at >= 24 &&
    data[at]! >>> 5 === 1 &&
    data[at + 3]! >= 24 &&
    at + data[at + 3]! <= end &&
    data[at + 2] !== 0
    ? YES
    : NO;
}

export const bfd: Inspector = {
  id: 'bfd',
  over: 'udp',
  ports: [3784, 3785, 4784, 7784],
  portBound: true,
  service: '',
  app: 'BFD',
  probe,
};

/** Precision time (IEEE 1588-2008): version 2, a known message, a length that fits. */
import { u16 } from '../bytes.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';

const KINDS = new Set([0, 1, 2, 3, 8, 9, 10, 11, 12, 13]);

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  return end - at >= 34 &&
    KINDS.has(data[at]! & 15) &&
    (data[at + 1]! & 15) === 2 &&
    u16(data, at + 2) >= 34 &&
    at + u16(data, at + 2) <= end
    ? YES
    : NO;
}

export const ptp: Inspector = {
  id: 'ptp',
  over: 'udp',
  ports: [319, 320],
  portBound: true,
  service: '',
  app: 'PTPv2',
  probe,
};

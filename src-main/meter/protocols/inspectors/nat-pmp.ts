/** NAT-PMP and PCP (RFC 6886, RFC 6887): a host asks its router to open a port. */
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';

const SIZES: ReadonlyMap<number, readonly number[]> = new Map([
  [0, [2, 12]],
  [1, [12, 12]],
  [2, [12, 12]],
  [128, [12, 12]],
  [129, [16, 16]],
  [130, [16, 16]],
]);

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  if ((p.respPort !== 5351 && p.origPort !== 5351) || end - at < 2 || data[at]! > 2) return NO;
  if (data[at] === 2) return end - at >= 24 ? YES : NO;
  return SIZES.get(data[at + 1]!)?.includes(end - at) ? YES : NO;
}

export const natPmp: Inspector = {
  id: 'nat-pmp',
  over: 'udp',
  ports: [5351],
  portBound: true,
  service: '',
  app: 'NAT-PMP',
  probe,
};

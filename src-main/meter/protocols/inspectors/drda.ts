/** Distributed database access (DRDA): the header of its data streams, two lengths that agree. */
import { u16 } from '../bytes.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  if (end - at < 10 || data[at + 2] !== 0xd0) return NO;
  const length = u16(data, at);
  return length >= 10 && (data[at + 3]! & 0x0f) <= 5 && u16(data, at + 6) === length - 6 && at + length <= end + 32768
    ? YES
    : NO;
}

export const drda: Inspector = {
  id: 'drda',
  over: 'tcp',
  ports: [446, 50000, 1527],
  marks: { tcp: { at: 2, bytes: [0xd0] } },
  service: '',
  app: 'DRDA',
  probe,
};

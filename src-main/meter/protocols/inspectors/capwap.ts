/** Access points and their controller (RFC 5415): the preamble and the length of the header, or DTLS behind it. */
import { u24 } from '../bytes.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  if (end - at < 8) return NO;
  if (data[at] === 1) return u24(data, at + 1) === 0 && data[at + 4]! >= 20 && data[at + 4]! <= 25 ? YES : NO;
  return data[at] === 0 && data[at + 1]! >>> 3 >= 2 && at + (data[at + 1]! >>> 3) * 4 <= end ? YES : NO;
}

export const capwap: Inspector = {
  id: 'capwap',
  over: 'udp',
  ports: [5246, 5247],
  portBound: true,
  service: '',
  app: 'CAPWAP',
  probe,
};

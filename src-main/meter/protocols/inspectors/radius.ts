/** RADIUS (RFC 2865): a length that is the datagram's, and attributes that fill it exactly. */
import { u16 } from '../bytes.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';

const CODES = new Set([1, 2, 3, 4, 5, 11, 12, 13, 40, 41, 42, 43, 44, 45]);
const PORTS = [1812, 1813, 1645, 1646, 3799];

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  if (end - at < 20 || !CODES.has(data[at]!)) return NO;
  const length = u16(data, at + 2);
  if (PORTS.includes(p.respPort) || PORTS.includes(p.origPort)) return length >= 20 && length <= 4096 ? YES : NO;
  if (at + length !== end || length < 26) return NO;
  let next = at + 20;
  while (next + 2 <= end && data[next + 1]! >= 2 && data[next]! !== 0) next += data[next + 1]!;
  return next === end ? YES : NO;
}

export const radius: Inspector = {
  id: 'radius',
  over: 'udp',
  ports: [1812, 1813, 1645, 1646, 3799],
  first: [0x01, 0x02, 0x03, 0x04, 0x05, 0x0b, 0x0c, 0x0d, 0x28, 0x29, 0x2a, 0x2b, 0x2c, 0x2d],
  service: 'radius',
  app: 'RADIUS',
  probe,
};

/** X.25 over TCP (RFC 1613): version 0, a length, and a packet of X.25 with its way of counting. */
import { u16 } from '../bytes.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';

const PACKET_MIN = 3;
const PACKET_MAX = 4096;

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  if (end - at < 7 || u16(data, at) !== 0) return NO;
  const length = u16(data, at + 2);
  const counting = (data[at + 4]! >>> 4) & 3;
  return length >= PACKET_MIN && length <= PACKET_MAX && (counting === 1 || counting === 2) ? YES : NO;
}

export const xot: Inspector = {
  id: 'xot',
  over: 'tcp',
  ports: [1998],
  portBound: true,
  first: [0x00],
  service: '',
  app: 'XOT',
  probe,
};

/** Xbox Live's datagrams (without a specification): zeros and one of the known pairs of kinds. */
import { u24, u32 } from '../bytes.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';

/** The bytes before and behind 0x58. */
const KINDS = new Set([0x0c76, 0x0218, 0x0b80, 0x0340, 0x064e]);

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  if (end - at <= 12 || u32(data, at) !== 0 || data[at + 5] !== 0x58 || u24(data, at + 7) !== 0) return NO;
  return KINDS.has((data[at + 4]! << 8) | data[at + 6]!) ? YES : NO;
}

export const xbox: Inspector = {
  id: 'xbox',
  over: 'udp',
  ports: [3074],
  first: [0x00],
  service: '',
  app: 'Xbox',
  probe,
};

/** GTP' (3GPP TS 32.295): charging records on their way, without tunnel; the length fits the message. */
import { u16 } from '../bytes.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';

const KINDS = new Set([1, 2, 3, 4, 5, 6, 7, 240, 241]);
const SHORT = 6;
const LONG = 20;

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  const flags = data[at]!;
  // The version stands in three bits; the bit that tells GTP is not set, the three spare ones are.
  if (end - at < SHORT || flags >>> 5 > 2 || (flags & 0x1e) !== 0x0e || !KINDS.has(data[at + 1]!)) return NO;
  const length = u16(data, at + 2);
  return at + SHORT + length === end || (flags >>> 5 === 0 && at + LONG + length === end) ? YES : NO;
}

export const gtpPrime: Inspector = {
  id: 'gtp-prime',
  over: 'both',
  ports: [3386],
  portBound: true,
  service: '',
  app: 'GTP',
  probe,
};

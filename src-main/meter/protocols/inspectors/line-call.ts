/** LINE's calls (without a specification): control messages of a known kind and datagrams of media, whose lengths fit. */
import { u16 } from '../bytes.ts';
import { range } from '../first.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';

const CONTROL = 0xb6;
const KINDS = [0x07, 0x09, 0x18];
const HEADER = 4;
/** Eleven bits of the first two bytes; before them stand a mark and whether a description follows the header. */
const LENGTH = 0x07ff;
const DESCRIPTION = 0x0602;

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  const length = end - at - HEADER;
  if (length < 2) return NO;
  if (data[at] === CONTROL) return KINDS.includes(data[at + 1]!) && u16(data, at + 2) === length ? YES : NO;
  return (u16(data, at) & LENGTH) === length && u16(data, at + HEADER) === DESCRIPTION ? YES : NO;
}

export const lineCall: Inspector = {
  id: 'line-call',
  over: 'udp',
  ports: [],
  first: [CONTROL, ...range(0xd8, 0xdf)],
  service: '',
  app: 'LineCall',
  probe,
};

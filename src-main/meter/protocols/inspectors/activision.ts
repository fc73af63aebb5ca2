/** Activision's games: Demonware's questions about one's own address, on their port. */
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';

/** Kinds of question and of answer: about the address, and about the kind of address translation. */
const KINDS = new Set([0x0c, 0x0d, 0x14, 0x15, 0x1e, 0x1f]);
const VERSION = 2;
const LARGEST = 64;

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  if (end - at < 3 || end - at > LARGEST || data[at + 1] !== VERSION) return NO;
  return KINDS.has(data[at]!) ? YES : NO;
}

export const activision: Inspector = {
  id: 'activision',
  over: 'udp',
  ports: [3074],
  portBound: true,
  first: [...KINDS],
  service: '',
  app: 'Activision',
  probe,
};

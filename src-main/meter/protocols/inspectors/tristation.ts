/** TriStation, the engineering of Triconex safety controllers: kind, length and a sum behind, on its port. */
import { u16le } from '../bytes.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';

const KIND_MAX = 9;
const HEADER = 4;
const SUM = 2;

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  if (end - at < HEADER + SUM) return NO;
  const kind = u16le(data, at);
  return kind >= 1 && kind <= KIND_MAX && at + HEADER + u16le(data, at + 2) + SUM === end ? YES : NO;
}

export const tristation: Inspector = {
  id: 'tristation',
  over: 'udp',
  ports: [1502],
  portBound: true,
  service: '',
  app: 'TRISTATION',
  probe,
};

/** Locator and identity apart (RFC 9300, 9301): control messages by kind, and data by their flags. */
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  if (end - at < 8) return NO;
  if (p.respPort === 4342 || p.origPort === 4342)
    return (data[at]! >>> 4 >= 1 && data[at]! >>> 4 <= 8) || data[at]! >>> 4 === 15 ? YES : NO;
  return end - at >= 28 && (data[at + 8]! >>> 4 === 4 || data[at + 8]! >>> 4 === 6) ? YES : NO;
}

export const lisp: Inspector = {
  id: 'lisp',
  over: 'udp',
  ports: [4341, 4342],
  portBound: true,
  service: '',
  app: 'LISP',
  probe,
};

/** Finger (RFC 1288): a line that names a user, or nobody. */
import { isAsciiText } from '../bytes.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  return p.fromOrig && end - at <= 256 && data[end - 1] === 0x0a && isAsciiText(data, at, end) ? YES : NO;
}

export const finger: Inspector = {
  id: 'finger',
  over: 'tcp',
  ports: [79],
  portBound: true,
  service: '',
  app: 'Finger',
  probe,
};

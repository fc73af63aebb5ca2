/** Line printers (RFC 1179): a command by number, a queue's name, a line's end. */
import { isAsciiText } from '../bytes.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  return end - at >= 3 && data[end - 1] === 0x0a && isAsciiText(data, at + 1, end) ? YES : NO;
}

export const lpd: Inspector = {
  id: 'lpd',
  over: 'tcp',
  ports: [515],
  first: [0x01, 0x02, 0x03, 0x04, 0x05],
  portBound: true,
  service: '',
  app: 'LPD',
  probe,
};

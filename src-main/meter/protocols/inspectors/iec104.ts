/** IEC 60870-5-104: the frame that starts, stops or tests the link; on its port any frame. */
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';
import { usual } from '../ports.ts';

const PORTS = [2404];
const UNNUMBERED = new Set([0x07, 0x0b, 0x13, 0x23, 0x43, 0x83]);

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  if (end - at < 6 || data[at + 1]! < 4 || data[at + 1]! > 253) return NO;
  const unnumbered =
    data[at + 1] === 4 &&
    UNNUMBERED.has(data[at + 2]!) &&
    data[at + 3] === 0 &&
    data[at + 4] === 0 &&
    data[at + 5] === 0;
  if (unnumbered) return YES;
  return usual(p, PORTS) && at + 2 + data[at + 1]! <= end ? YES : NO;
}

export const iec104: Inspector = {
  id: 'iec104',
  over: 'tcp',
  ports: PORTS,
  first: [0x68],
  service: '',
  app: 'IEC60870',
  probe,
};

/** X's display manager (XDMCP): version 1, a known operation, a length that fits. */
import { u16 } from '../bytes.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  return end - at >= 6 &&
    data[at + 1] === 1 &&
    u16(data, at + 2) >= 1 &&
    u16(data, at + 2) <= 13 &&
    u16(data, at + 4) === end - at - 6
    ? YES
    : NO;
}

export const xdmcp: Inspector = {
  id: 'xdmcp',
  over: 'udp',
  ports: [177],
  first: [0x00],
  portBound: true,
  service: '',
  app: 'XDMCP',
  probe,
};

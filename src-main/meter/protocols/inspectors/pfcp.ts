/** PFCP of 5G's core (3GPP TS 29.244): version, a known message, a length that fits. */
import { u16 } from '../bytes.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';
import { usual } from '../ports.ts';

const PORTS = [8805];

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  if (end - at < 8 || u16(data, at + 2) !== end - at - 4) return NO;
  const kind = data[at + 1]!;
  return ((kind >= 1 && kind <= 15) || (kind >= 50 && kind <= 57)) &&
    (usual(p, PORTS) || (data[at]! & 1) === (kind >= 50 ? 1 : 0))
    ? YES
    : NO;
}

export const pfcp: Inspector = {
  id: 'pfcp',
  over: 'udp',
  ports: PORTS,
  first: [0x20, 0x21, 0x22, 0x23],
  service: '',
  app: 'PFCP',
  probe,
};

/** Remote management (ASF 2.0, IPMI 2.0): the header over UDP. */
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';
import { usual } from '../ports.ts';

const PORTS = [623, 664];

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  if (end - at < 4 || data[at + 1] !== 0) return NO;
  const kind = data[at + 3]! & 0x1f;
  return (kind === 6 || kind === 7) && data[at + 2]! >= 0 && usual(p, PORTS) ? YES : NO;
}

export const rmcp: Inspector = {
  id: 'rmcp',
  over: 'udp',
  ports: PORTS,
  first: [0x06],
  service: '',
  app: 'RMCP',
  probe,
};

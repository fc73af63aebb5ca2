/** HART-IP: version, kind and number of a message whose length fits. */
import { u16 } from '../bytes.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';
import { usual } from '../ports.ts';

const PORTS = [5094];

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  if (end - at < 8 || data[at + 1]! > 3 || data[at + 2]! > 4 || u16(data, at + 6) !== end - at) return NO;
  return usual(p, PORTS) ? YES : NO;
}

export const hartIp: Inspector = {
  id: 'hart-ip',
  over: 'both',
  ports: PORTS,
  first: [0x01, 0x02],
  service: '',
  app: 'HART-IP',
  probe,
};

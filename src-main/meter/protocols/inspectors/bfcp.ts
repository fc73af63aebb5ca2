/** Floor control (RFC 8855): version, a primitive, and a length in words that fits. */
import { u16, u32 } from '../bytes.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';
import { usual } from '../ports.ts';

const PORTS = [5070];

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  if (end - at < 12 || data[at + 1]! < 1 || data[at + 1]! > 18) return NO;
  return at + 12 + u16(data, at + 2) * 4 === end &&
    u32(data, at + 4) !== 0 &&
    (usual(p, PORTS) || u16(data, at + 2) > 0)
    ? YES
    : NO;
}

export const bfcp: Inspector = {
  id: 'bfcp',
  over: 'both',
  ports: PORTS,
  first: [0x20, 0x30, 0x40],
  service: '',
  app: 'BFCP',
  probe,
};

/** Warcraft III: the mark and a length that fits. */
import { u16le } from '../bytes.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';
import { usual } from '../ports.ts';

const PORTS = [6112];

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  return end - at >= 4 &&
    u16le(data, at + 2) === end - at &&
    data[at + 1]! > 0 &&
    (usual(p, PORTS) || (end - at >= 8 && end - at <= 512))
    ? YES
    : NO;
}

export const warcraft3: Inspector = {
  id: 'warcraft3',
  over: 'both',
  ports: PORTS,
  first: [0xf7],
  service: '',
  app: 'Warcraft3',
  probe,
};

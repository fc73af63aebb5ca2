/** Tank gauges (Veeder-Root): a request or an answer by its function's code. */
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';
import { usual } from '../ports.ts';

const PORTS = [10001];

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  if (end - at < 7) return NO;
  const letter = data[at + 1]! | 0x20;
  if (letter !== 0x69 && letter !== 0x73) return NO;
  for (let i = 2; i < 7; i++) if (data[at + i]! < 0x30 || data[at + i]! > 0x46) return NO;
  return usual(p, PORTS) ? YES : NO;
}

export const atg: Inspector = {
  id: 'atg',
  over: 'tcp',
  ports: PORTS,
  first: [0x01],
  service: '',
  app: 'ATG',
  probe,
};

/** Siemens' newer S7 communication: its mark in the first data of ISO transport. */
import { MAYBE, NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';
import { usual } from '../ports.ts';
import { cotpData, MORE } from './cotp.ts';

const PORTS = [102];

function probe(p: Probe): Verdict {
  const { data, end } = p;
  const from = cotpData(p);
  if (from === MORE) return usual(p, PORTS) ? MAYBE : NO;
  return from > 0 && end - from >= 4 && data[from] === 0x72 ? YES : NO;
}

export const s7commPlus: Inspector = {
  id: 's7comm-plus',
  over: 'tcp',
  ports: PORTS,
  first: [0x03],
  service: '',
  app: 'S7CommPlus',
  probe,
};

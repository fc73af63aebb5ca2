/** Siemens' S7 communication: its mark in the first data of ISO transport. */
import { MAYBE, NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';
import { usual } from '../ports.ts';
import { cotpData, MORE } from './cotp.ts';

const PORTS = [102];

function probe(p: Probe): Verdict {
  const { data, end } = p;
  const from = cotpData(p);
  if (from === MORE) return usual(p, PORTS) ? MAYBE : NO;
  if (from < 0 || end - from < 2 || data[from] !== 0x32) return NO;
  return data[from + 1] === 1 || data[from + 1] === 2 || data[from + 1] === 3 || data[from + 1] === 7 ? YES : NO;
}

export const s7comm: Inspector = {
  id: 's7comm',
  over: 'tcp',
  ports: PORTS,
  first: [0x03],
  service: '',
  app: 'S7Comm',
  probe,
};

/** Manufacturing messages (ISO 9506) over the ISO session layer: its connect or data units. */
import { MAYBE, NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';
import { usual } from '../ports.ts';
import { cotpData, MORE } from './cotp.ts';

const PORTS = [102];

function probe(p: Probe): Verdict {
  const { data, end } = p;
  const from = cotpData(p);
  if (from === MORE) return usual(p, PORTS) ? MAYBE : NO;
  if (from < 0 || end - from < 4 || !usual(p, PORTS)) return NO;
  // CONNECT and ACCEPT, or GIVE TOKENS before DATA TRANSFER.
  return data[from] === 0x0d ||
    data[from] === 0x0e ||
    (data[from] === 1 && data[from + 1] === 0 && data[from + 2] === 1 && data[from + 3] === 0)
    ? YES
    : NO;
}

export const mms: Inspector = {
  id: 'mms',
  over: 'tcp',
  ports: PORTS,
  first: [0x03],
  service: '',
  app: 'ISO9506-1-MMS',
  probe,
};

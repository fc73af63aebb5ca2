/** Media gateway control (RFC 3435): a verb with the protocol's name in its line. */
import { findText, latin1 } from '../bytes.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';

const VERBS = new Set(['EPCF', 'CRCX', 'MDCX', 'DLCX', 'RQNT', 'NTFY', 'AUEP', 'AUCX', 'RSIP']);

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  if (end - at < 12 || data[at + 4] !== 0x20 || !VERBS.has(latin1(data, at, end, 4).toUpperCase())) return NO;
  return findText(data, 'MGCP', at, Math.min(end, at + 128)) > 0 ? YES : NO;
}

export const mgcp: Inspector = {
  id: 'mgcp',
  over: 'udp',
  ports: [2427, 2727],
  first: [0x41, 0x43, 0x44, 0x45, 0x4d, 0x4e, 0x52],
  service: '',
  app: 'MGCP',
  probe,
};

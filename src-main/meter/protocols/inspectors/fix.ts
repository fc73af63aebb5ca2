/** FIX, the protocol of stock exchanges: its first two fields. */
import { findText, startsWith } from '../bytes.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  if (!startsWith(data, at, end, '8=')) return NO;
  const field = findText(data, '\x019=', at, Math.min(end, at + 16));
  return field > at ? YES : NO;
}

export const fix: Inspector = {
  id: 'fix',
  over: 'tcp',
  ports: [4000, 9878],
  first: [0x38],
  service: '',
  app: 'FIX',
  probe,
};

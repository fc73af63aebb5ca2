/** SPICE, screens of virtual machines: the mark of the link message, and its version. */
import { u32le, startsWith } from '../bytes.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';

const VERSION = 2;

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  return end - at >= 16 && startsWith(data, at, end, 'REDQ') && u32le(data, at + 4) <= VERSION ? YES : NO;
}

export const spice: Inspector = {
  id: 'spice',
  over: 'tcp',
  ports: [5900, 5901],
  first: [0x52],
  service: '',
  app: 'SPICE',
  probe,
};

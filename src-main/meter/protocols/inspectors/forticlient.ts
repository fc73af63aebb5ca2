/** FortiClient and the server that manages it: the words with which they register and keep in touch. */
import { startsWith } from '../bytes.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';

const WORDS = ['X-FCCK-', 'FCPROBERPLY', 'FCREGRPLY', 'FCKARPLY', 'FCREPLY', 'FCUNREG'];

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  for (const word of WORDS) if (startsWith(data, at, end, word)) return YES;
  return NO;
}

export const forticlient: Inspector = {
  id: 'forticlient',
  over: 'tcp',
  ports: [8013],
  first: [0x46, 0x58],
  service: '',
  app: 'FortiClient',
  probe,
};

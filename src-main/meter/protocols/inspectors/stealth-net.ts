/** StealthNet between peers (RShare): the greeting in words. */
import { startsWith } from '../bytes.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';

const GREETING = "LARS REGENSBURGER'S FILE SHARING PROTOCOL";

function probe(p: Probe): Verdict {
  return startsWith(p.data, p.at, p.end, GREETING) ? YES : NO;
}

export const stealthNet: Inspector = {
  id: 'stealth-net',
  over: 'tcp',
  ports: [],
  first: [0x4c],
  service: '',
  app: 'Stealthnet',
  probe,
};

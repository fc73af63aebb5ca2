/** StarCraft II: what its client says first to Battle.net's server. */
import { startsWith } from '../bytes.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';

/** What follows the first byte, of which two values are known. */
const HELLO = '\0\0\x0a\x66\x02\x0a\xed\x2d\x66';

function probe(p: Probe): Verdict {
  return startsWith(p.data, p.at + 1, p.end, HELLO) ? YES : NO;
}

export const starcraft: Inspector = {
  id: 'starcraft',
  over: 'tcp',
  ports: [1119],
  first: [0x49, 0x4a],
  service: '',
  app: 'Starcraft',
  probe,
};

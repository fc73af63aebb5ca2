/** Direct Connect: a hub's or a peer's greeting. */
import { startsWith } from '../bytes.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  return startsWith(data, at, end, '$Lock ') ||
    startsWith(data, at, end, '$MyNick ') ||
    startsWith(data, at, end, '$Supports ')
    ? YES
    : NO;
}

export const directConnect: Inspector = {
  id: 'direct-connect',
  over: 'tcp',
  ports: [411, 412],
  first: [0x24],
  service: '',
  app: 'DirectConnect',
  probe,
};

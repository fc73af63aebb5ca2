/** Subversion's own protocol: the server's greeting with versions, or the client's answer. */
import { startsWith } from '../bytes.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';
import { usual } from '../ports.ts';

const PORTS = [3690];

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  return startsWith(data, at, end, '( success ( ') ||
    (p.fromOrig && usual(p, PORTS) && startsWith(data, at, end, '( 2 '))
    ? YES
    : NO;
}

export const svn: Inspector = {
  id: 'svn',
  over: 'tcp',
  ports: PORTS,
  first: [0x28],
  service: '',
  app: 'SVN',
  probe,
};

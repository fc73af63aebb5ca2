/** TeamViewer: the mark of its messages, of the first and of the second kind; over UDP it stands behind eleven bytes. */
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';
import { usual } from '../ports.ts';

const PORTS = [5938];

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  if (!p.tcp) return end - at >= 13 && data[at] === 0 && data[at + 11] === 0x17 && data[at + 12] === 0x24 ? YES : NO;
  if (end - at < 5 || !p.fromStart) return NO;
  if (data[at] === 0x17) return data[at + 1] === 0x24 && data[at + 2]! >= 0x0a ? YES : NO;
  return data[at + 1] === 0x30 && usual(p, PORTS) ? YES : NO;
}

export const teamviewer: Inspector = {
  id: 'teamviewer',
  over: 'both',
  ports: PORTS,
  first: [0x00, 0x11, 0x17],
  service: '',
  app: 'TeamViewer',
  probe,
};

/** ZUG's consensus between nodes: its mark and version. */
import { startsWith } from '../bytes.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';

function probe(p: Probe): Verdict {
  return startsWith(p.data, p.at, p.end, '\0zUG\x10') ? YES : NO;
}

export const zug: Inspector = {
  id: 'zug',
  over: 'udp',
  ports: [],
  first: [0x00],
  service: '',
  app: 'ZUG',
  probe,
};

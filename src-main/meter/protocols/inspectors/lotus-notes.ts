/** HCL (Lotus) Notes: the bytes by which its first message is known. */
import { startsWith } from '../bytes.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';

const MARK = '\0\0\x02\0\0\x40\x02\x0f';

function probe(p: Probe): Verdict {
  return startsWith(p.data, p.at + 6, p.end, MARK) && p.end - p.at > 16 ? YES : NO;
}

export const lotusNotes: Inspector = {
  id: 'lotus-notes',
  over: 'tcp',
  ports: [1352],
  portBound: true,
  service: '',
  app: 'LotusNotes',
  probe,
};

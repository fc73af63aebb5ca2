/** Apache's AJP 1.3 between web server and servlet engine: the packet's mark, length and kind. */
import { u16 } from '../bytes.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';
import { usual } from '../ports.ts';

const PORTS = [8009];
const REQUESTS = new Set([2, 7, 8, 9, 10]);
const ANSWERS = new Set([3, 4, 5, 6, 9]);

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  if (end - at < 5) return NO;
  const length = u16(data, at + 2);
  if (length < 1 || length > 8192 || at + 4 + length > end + 8192) return NO;
  if (data[at] === 0x12) return data[at + 1] === 0x34 && REQUESTS.has(data[at + 4]!) ? YES : NO;
  return data[at + 1] === 0x42 && ANSWERS.has(data[at + 4]!) && (usual(p, PORTS) || at + 4 + length <= end) ? YES : NO;
}

export const ajp: Inspector = {
  id: 'ajp',
  over: 'tcp',
  ports: PORTS,
  first: [0x12, 0x41],
  service: '',
  app: 'AJP',
  probe,
};

/** iQIYI between peers, once PPStream (without a specification): a length that fits, a kind, and the program's name. */
import { findText, u16le } from '../bytes.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';

const KINDS = [0x43, 0x44, 0x55];
/** What the length may leave out. */
const REST = [0, 4, 6];

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  if (end - at < 60 || end - at > 300 || !KINDS.includes(data[at + 2]!)) return NO;
  if (!REST.includes(end - at - u16le(data, at))) return NO;
  return findText(data, 'PPStream', at, end) > 0 ? YES : NO;
}

export const iqiyi: Inspector = {
  id: 'iqiyi',
  over: 'udp',
  ports: [17788],
  marks: { udp: { at: 2, bytes: KINDS } },
  service: '',
  app: 'iQIYI',
  probe,
};

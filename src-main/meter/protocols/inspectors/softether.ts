/** SoftEther VPN over UDP: its packed list of named values, answers about one's own address, and what keeps a way open. */
import { findText, startsWith, u32 } from '../bytes.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';

const KEEP_ALIVE = 'Internet Connection Keep Alive Packet';
const ELEMENTS_MAX = 64;
const NAME_MAX = 64;
const TYPES_MAX = 4;

/** A count of elements; the first has a name (its length plus one before it), a type and a count of values. */
function packed(data: Uint8Array, at: number, end: number): boolean {
  if (end - at < 24) return false;
  const elements = u32(data, at);
  const length = u32(data, at + 4) - 1;
  if (elements < 1 || elements > ELEMENTS_MAX || length < 2 || length > NAME_MAX || at + 16 + length > end)
    return false;
  for (let i = at + 8; i < at + 8 + length; i++) {
    const c = data[i]!;
    if (c !== 0x5f && (c < 0x30 || c > 0x7a || (c > 0x39 && c < 0x41) || (c > 0x5a && c < 0x61))) return false;
  }
  const values = u32(data, at + 12 + length);
  return u32(data, at + 8 + length) <= TYPES_MAX && values >= 1 && values <= ELEMENTS_MAX;
}

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  if (data[at] === 0) return packed(data, at, end) ? YES : NO;
  if (startsWith(data, at, end, 'IP=')) return findText(data, ',PORT=', at, Math.min(end, at + 64)) > 0 ? YES : NO;
  return startsWith(data, at, end, KEEP_ALIVE) ? YES : NO;
}

export const softether: Inspector = {
  id: 'softether',
  over: 'udp',
  ports: [5004, 992],
  first: [0x00, 0x49],
  service: '',
  app: 'Softether',
  probe,
};

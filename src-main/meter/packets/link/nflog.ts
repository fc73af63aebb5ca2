/** Packets logged by the Linux packet filter: attributes (type, length, value), one of them the packet. */
import { anyIp } from '../net/ethertype.ts';
import type { DecodeState } from '../net/state.ts';

const HEADER = 4;
const PAYLOAD = 9;
const MAX_ATTRIBUTES = 64;
/** The two flag bits that netlink keeps in an attribute's type. */
const TYPE_MASK = 0x3fff;

/** Lengths are in the capturing host's byte order: the one that fits is taken. */
function attributeOrder(s: DecodeState, at: number, end: number): boolean {
  const length = s.view.getUint16(at, true);
  return length >= 4 && at + length <= end + 4;
}

export function nflog(s: DecodeState, at: number, end: number, limit: number): void {
  if (end - at < HEADER + 4 || s.data[at + 1] !== 0) return;
  const little = attributeOrder(s, at + HEADER, end);
  let p = at + HEADER;
  for (let i = 0; i < MAX_ATTRIBUTES && end - p >= 4; i++) {
    const length = s.view.getUint16(p, little);
    if (length < 4) {
      s.malformed();
      return;
    }
    if ((s.view.getUint16(p + 2, little) & TYPE_MASK) === PAYLOAD) {
      anyIp(s, p + 4, Math.min(end, p + length), Math.min(limit, p + length));
      return;
    }
    p += (length + 3) & ~3;
  }
}

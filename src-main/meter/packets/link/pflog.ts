/** OpenBSD's packet filter log: a header that begins with its own length, then IP. */
import { anyIp } from '../net/ethertype.ts';
import type { DecodeState } from '../net/state.ts';

export function pflog(s: DecodeState, at: number, end: number, limit: number): void {
  if (end - at < 4) return;
  const header = (s.data[at]! + 3) & ~3;
  if (header >= 4 && header < end - at) anyIp(s, at + header, end, limit);
}

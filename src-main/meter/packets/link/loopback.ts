/** BSD loopback: an address family in the capturing host's byte order (NULL) or in network order (LOOP), then IP. */
import { ipv4 } from '../net/ipv4.ts';
import { ipv6 } from '../net/ipv6.ts';
import type { DecodeState } from '../net/state.ts';

const HEADER = 4;
const INET = 2;
/** AF_INET6 of Linux, Windows, NetBSD and OpenBSD, FreeBSD, macOS. */
const INET6 = new Set([10, 23, 24, 28, 30]);

/** Families are small numbers: the byte order that makes it one is the right one, whichever host wrote it. */
export function loopback(s: DecodeState, at: number, end: number, limit: number): void {
  if (end - at < HEADER) {
    s.tooShort(end, limit, at + HEADER);
    return;
  }
  const big = s.view.getUint32(at);
  const family = big > 0xffff ? s.view.getUint32(at, true) : big;
  if (family === INET) ipv4(s, at + HEADER, end, limit);
  else if (INET6.has(family)) ipv6(s, at + HEADER, end, limit);
}

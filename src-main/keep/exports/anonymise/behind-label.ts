/**
 * What stands behind the labels of MPLS, which do not say it (RFC 4928 §3): IP, or the Ethernet of a pseudowire, whose first
 * card may begin like a version of IP. Taken for IP is only what could hardly be anything else.
 */

/** Extension headers and transports of IPv6 that are understood, and none (59). */
const NEXT_HEADERS = new Set([0, 4, 6, 17, 41, 43, 44, 47, 50, 51, 58, 59, 60, 132]);
/** The shortest Ethernet frame without its check sequence, bytes; shorter packets are filled up. */
const SHORTEST = 60;

function sumIsRight(view: DataView, at: number, header: number): boolean {
  let sum = 0;
  for (let i = 0; i < header; i += 2) sum += view.getUint16(at + i);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return sum === 0xffff;
}

/**
 * The version of the IP packet at `at` (whose captured bytes end at `end`), or 0: there is none, or something else.
 * `wire`: of the whole frame, bytes, as it was on the wire.
 */
export function ipBehindLabel(view: DataView, at: number, end: number, wire: number): 0 | 4 | 6 {
  if (at + 20 > end) return 0;
  const room = wire - at;
  const fits = (length: number): boolean => length === room || (length < room && wire <= SHORTEST);
  const version = view.getUint8(at) >> 4;
  if (version === 4) {
    const header = (view.getUint8(at) & 15) * 4;
    const isWhole = header >= 20 && at + header <= end;
    return isWhole && fits(view.getUint16(at + 2)) && sumIsRight(view, at, header) ? 4 : 0;
  }
  if (version !== 6 || at + 40 > end) return 0;
  return fits(40 + view.getUint16(at + 4)) && NEXT_HEADERS.has(view.getUint8(at + 6)) ? 6 : 0;
}

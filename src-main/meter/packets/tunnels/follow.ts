/** Going from a tunnel's row into what it carries. */
import { SEGMENT } from '../types.ts';
import { MAX_DEPTH, type DecodeState, type Layer } from '../net/state.ts';

/**
 * Decodes `at…` with `layer` as the inside of the segment at `row`. Gives whether that made any row: else the
 * segment is taken for what it looks like from outside.
 */
export function follow(
  s: DecodeState,
  row: number,
  tunnel: number,
  layer: Layer,
  at: number,
  end: number,
  limit: number,
): boolean {
  if (s.depth >= MAX_DEPTH) {
    s.warn('tunnel-too-deep');
    return false;
  }
  const { outer, isCut, vlan, srcMacHigh, srcMacLow, dstMacHigh, dstMacLow, authenticated } = s;
  const tunnelOutside = s.tunnel;
  s.outer = row;
  s.tunnel = tunnel;
  s.depth++;
  s.isCut = isFirstFragment(s, row);
  s.vlan = 0;
  s.authenticated = false;
  s.noMac();
  const before = s.count;
  layer(s, at, end, limit);
  s.depth--;
  s.outer = outer;
  s.tunnel = tunnelOutside;
  s.isCut = isCut;
  s.vlan = vlan;
  s.authenticated = authenticated;
  s.srcMacHigh = srcMacHigh;
  s.srcMacLow = srcMacLow;
  s.dstMacHigh = dstMacHigh;
  s.dstMacLow = dstMacLow;
  if (s.count === before) return false;
  s.columns.flags[row] = s.columns.flags[row]! | SEGMENT.HAS_INNER;
  return true;
}

function isFirstFragment(s: DecodeState, row: number): boolean {
  return (s.columns.flags[row]! & SEGMENT.FRAGMENT_FIRST) !== 0;
}

/** How far lengths inside the segment at `row` may reach: a first fragment's content goes on in the next one. */
export function reach(s: DecodeState, row: number, limit: number): number {
  return isFirstFragment(s, row) ? limit + 0xffff : limit;
}

/** Whether an IP packet whose lengths agree with the bytes around it begins at `at`. */
export function looksLikeIp(s: DecodeState, at: number, end: number, limit: number): boolean {
  if (end - at < 20) return false;
  const first = s.data[at]!;
  const length = s.view.getUint16(at + 2);
  if (first >>> 4 === 4) return (first & 15) >= 5 && length >= (first & 15) * 4 && at + length <= limit;
  return first >>> 4 === 6 && end - at >= 40 && at + 40 + s.view.getUint16(at + 4) <= limit;
}

/** Times and places on an axis. */
import type { TimeRange } from '../../lib/address-bar.ts';

/** Time at `x` of `width` pixels. */
export function timeAt(x: number, width: number, { from, to }: TimeRange): number {
  return from + (x / width) * (to - from);
}

/** Share of the axis at which a time stands, held to 0…1. */
export function shareAt(time: number, { from, to }: TimeRange): number {
  return to > from ? Math.max(0, Math.min(1, (time - from) / (to - from))) : 0;
}

/** At least `least` seconds wide, about the same middle. */
export function widthOf(range: TimeRange, least: number): TimeRange {
  if (range.to - range.from >= least) return range;
  const middle = (range.from + range.to) / 2;
  return { from: middle - least / 2, to: middle + least / 2 };
}

/** `factor` times as wide, about the same middle. */
export function zoomed({ from, to }: TimeRange, factor: number): TimeRange {
  const middle = (from + to) / 2;
  const half = ((to - from) / 2) * factor;
  return { from: middle - half, to: middle + half };
}

/** Moved by a share of its width. */
export function panned({ from, to }: TimeRange, share: number): TimeRange {
  const by = (to - from) * share;
  return { from: from + by, to: to + by };
}

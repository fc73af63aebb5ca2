/** What is new, what is gone, what became more or less. */
import { COMPARE_ROWS } from '../../../../../src-shared/contract/topics/compare.ts';
import type { Sum } from './tally.ts';

export interface Changes<R> {
  new: { rows: R[]; total: number };
  gone: { rows: R[]; total: number };
  both: number;
}

/** Entries of `from` that `other` has not, in `order`, as rows. */
function only<T, R>(
  from: ReadonlyMap<string, T>,
  other: ReadonlyMap<string, unknown>,
  order: (a: T, b: T) => number,
  row: (key: string, value: T) => R,
): { rows: R[]; total: number } {
  const found = [...from].filter(([key]) => !other.has(key));
  found.sort(([ka, a], [kb, b]) => order(a, b) || (ka < kb ? -1 : 1));
  return { rows: found.slice(0, COMPARE_ROWS).map(([key, value]) => row(key, value)), total: found.length };
}

export function changesOf<T, R>(
  a: ReadonlyMap<string, T>,
  b: ReadonlyMap<string, T>,
  order: (a: T, b: T) => number,
  row: (key: string, value: T) => R,
): Changes<R> {
  let both = 0;
  for (const key of a.keys()) if (b.has(key)) both++;
  return { new: only(b, a, order, row), gone: only(a, b, order, row), both };
}

export interface Amounts {
  a: number;
  b: number;
  change: number;
}

/** What the bytes of each side are multiplied by. */
export interface Scale {
  a: number;
  b: number;
}

/** Whole numbers, so that what is shown adds up. */
export function amountsOf(a: number, b: number, scale: Scale): Amounts {
  const [first, second] = [Math.round(a * scale.a), Math.round(b * scale.b)];
  return { a: first, b: second, change: second - first };
}

/** Every entry of either side that changed, the largest change first. */
export function moved(
  a: ReadonlyMap<string, Sum>,
  b: ReadonlyMap<string, Sum>,
  scale: Scale,
): (Amounts & { key: string })[] {
  const keys = new Set([...a.keys(), ...b.keys()]);
  return [...keys]
    .map((key) => ({ key, ...amountsOf(a.get(key)?.bytes ?? 0, b.get(key)?.bytes ?? 0, scale) }))
    .filter(({ change }) => change !== 0)
    .sort((x, y) => Math.abs(y.change) - Math.abs(x.change) || (x.key < y.key ? -1 : 1));
}

/** Rows that carry most of the difference: as few as reach this share, and no more than these. */
const MOST = 0.8;
const EXPLAINING = 8;

/** @returns the first of `all` (sorted), until they carry most of it; `covered`: their share */
export function fewest<R extends Amounts>(
  all: readonly R[],
): { rows: (R & { share: number })[]; moved: number; covered: number } {
  const total = all.reduce((sum, { change }) => sum + Math.abs(change), 0);
  const rows: (R & { share: number })[] = [];
  let carried = 0;
  for (const row of all) {
    if (rows.length >= EXPLAINING || carried >= MOST * total) break;
    carried += Math.abs(row.change);
    rows.push({ ...row, share: Math.abs(row.change) / total });
  }
  return { rows, moved: total, covered: total === 0 ? 0 : carried / total };
}

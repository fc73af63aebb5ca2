/**
 * Shapley values of a score that is no sum: what each feature adds, on the mean over all orders in which features may become
 * known, against a background set of ordinary rows (features not known yet are taken from one of them). Sampled by
 * permutations (Castro, Gómez & Tejada 2009), each walked forwards and backwards (Mitchell et al. 2022).
 */
import { randomSource, sampleWithoutReplacement } from '../features/random.ts';

/** Scores of rows, row-major. */
export type ScoreRows = (data: Float32Array, rows: number) => Float64Array;

export interface Background {
  rows: number;
  /** Rows × columns, as the detector sees them. */
  data: Float32Array;
}

export interface SampledShapley {
  /** Mean score of the background rows. */
  base: number;
  score: number;
  /** By player; sums to `score − base` but for rounding, however few orders are sampled. */
  values: Float64Array;
  /** Standard error of each value. */
  errors: Float64Array;
}

export interface ShapleyOptions {
  /** Pairs of orders; a multiple of the background rows uses each alike, fewer use the first so many. */
  pairs: number;
  seed: number;
}

function playersOf(owner: Int32Array): number[][] {
  const columns: number[][] = [];
  for (let j = 0; j < owner.length; j++) if (owner[j]! >= 0) (columns[owner[j]!] ??= []).push(j);
  return columns;
}

/**
 * `owner`: the player (feature) of each column, 0…; players are known or unknown as a whole. Columns of −1 never become
 * known: they stay as the background has them, and `score` is that of the first walk.
 */
export function sampledShapley(
  scoreRows: ScoreRows,
  row: Float32Array,
  background: Background,
  owner: Int32Array,
  { pairs, seed }: ShapleyOptions,
): SampledShapley {
  const width = owner.length;
  const players = playersOf(owner);
  const count = players.length;
  const random = randomSource(seed, 901);
  const walks = pairs * 2;
  const steps = count + 1;
  const orders: Int32Array[] = [];
  const rows = new Float32Array(walks * steps * width);
  for (let walk = 0; walk < walks; walk++) {
    const forwards = walk % 2 === 0;
    const order = forwards ? sampleWithoutReplacement(count, count, random) : orders[walk - 1]!.slice().reverse();
    orders.push(order);
    const from = ((walk >> 1) % background.rows) * width;
    let at = walk * steps * width;
    rows.set(background.data.subarray(from, from + width), at);
    for (const player of order) {
      rows.copyWithin(at + width, at, at + width);
      at += width;
      for (const j of players[player]!) rows[at + j] = row[j]!;
    }
  }
  const scores = scoreRows(rows, walks * steps);
  return { ...meansOf(scores, orders, count), score: scores[steps - 1]! };
}

function meansOf(
  scores: Float64Array,
  orders: readonly Int32Array[],
  count: number,
): Pick<SampledShapley, 'base' | 'values' | 'errors'> {
  const steps = count + 1;
  const pairs = orders.length / 2;
  const [sums, squares] = [new Float64Array(count), new Float64Array(count)];
  let base = 0;
  for (let pair = 0; pair < pairs; pair++) {
    const both = new Float64Array(count);
    for (const walk of [pair * 2, pair * 2 + 1]) {
      const order = orders[walk]!;
      base += scores[walk * steps]! / orders.length;
      for (let i = 0; i < count; i++) {
        both[order[i]!]! += (scores[walk * steps + i + 1]! - scores[walk * steps + i]!) / 2;
      }
    }
    for (let f = 0; f < count; f++) {
      sums[f]! += both[f]!;
      squares[f]! += both[f]! ** 2;
    }
  }
  const values = sums.map((sum) => sum / pairs);
  const errors = squares.map((sum, f) => {
    const variance = pairs > 1 ? (sum - pairs * values[f]! ** 2) / (pairs - 1) : Infinity;
    return Math.sqrt(Math.max(0, variance) / pairs);
  });
  return { base, values, errors };
}

/** Most players whose 2^n coalitions are looked at one by one. */
export const EXACT_PLAYERS = 12;

/** The same by definition, over all coalitions. @throws RangeError for more than 12 players */
export function exactShapley(
  scoreRows: ScoreRows,
  row: Float32Array,
  background: Background,
  owner: Int32Array,
): Omit<SampledShapley, 'errors'> {
  const players = playersOf(owner);
  const count = players.length;
  if (count > EXACT_PLAYERS) throw new RangeError(`${count} players have too many coalitions`);
  const worth = coalitions(scoreRows, row, background, owner);
  const everyone = worth.length - 1;
  const factorial = (n: number): number => (n < 2 ? 1 : n * factorial(n - 1));
  const values = new Float64Array(count);
  for (let set = 0; set <= everyone; set++) {
    let size = 0;
    for (let f = 0; f < count; f++) if (set & (1 << f)) size++;
    const weight = (factorial(size) * factorial(count - size - 1)) / factorial(count);
    for (let f = 0; f < count; f++) {
      if (!(set & (1 << f))) values[f]! += weight * (worth[set | (1 << f)]! - worth[set]!);
    }
  }
  return { base: worth[0]!, score: worth[everyone]!, values };
}

/** Mean score over the background with the players of each set known; by bits. */
function coalitions(scoreRows: ScoreRows, row: Float32Array, background: Background, owner: Int32Array): Float64Array {
  const width = owner.length;
  const sets = 2 ** playersOf(owner).length;
  const worth = new Float64Array(sets);
  const rows = new Float32Array(background.rows * width);
  for (let set = 0; set < sets; set++) {
    rows.set(background.data.subarray(0, rows.length));
    for (let b = 0; b < background.rows; b++) {
      for (let j = 0; j < width; j++) if (set & (1 << owner[j]!)) rows[b * width + j] = row[j]!;
    }
    for (const score of scoreRows(rows, background.rows)) worth[set]! += score / background.rows;
  }
  return worth;
}

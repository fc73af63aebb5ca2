/**
 * Exact Shapley values of the mean path length, path-dependent TreeSHAP (Lundberg, Erion & Lee 2018): a column that is
 * not known follows both branches by the shares of training rows that did.
 *
 * Each leaf is visited once with the distinct columns on its path; `zero` is the product of the shares of the branches
 * taken at splits of that column, `one` is 1 when the row itself goes that way at all of them. Cost: leaves × depth².
 */
import type { FlatForest } from './flat.ts';

interface Frame {
  /** Distinct columns so far, and their products. */
  depth: number;
  columns: Int32Array;
  zero: Float64Array;
  one: Float64Array;
  /** By size of subsets. */
  weights: Float64Array;
}

const DEEPEST = 64;

function makeFrame(): Frame {
  return {
    depth: 0,
    columns: new Int32Array(DEEPEST),
    zero: new Float64Array(DEEPEST),
    one: new Float64Array(DEEPEST),
    weights: new Float64Array(DEEPEST + 1),
  };
}

/** Factorials beyond 2^53 are not needed: isolation trees of 256 rows have 9 levels. */
const FACTORIAL = new Float64Array(DEEPEST + 2);
FACTORIAL[0] = 1;
for (let n = 1; n < FACTORIAL.length; n++) FACTORIAL[n] = FACTORIAL[n - 1]! * n;

/**
 * weights[s]: over subsets of size s of the columns that the row satisfies (but `without`), the sum of the products of
 * `zero` of those outside. Returns how many columns there are.
 */
function subsetWeights({ depth, zero, one, weights }: Frame, without: number): number {
  weights[0] = 1;
  let count = 0;
  for (let j = 0; j < depth; j++) {
    if (j === without || one[j] === 0) continue;
    weights[count + 1] = 0;
    for (let s = count; s >= 0; s--) {
      const w = weights[s]!;
      weights[s + 1]! += w;
      weights[s] = w * zero[j]!;
    }
    count++;
  }
  return count;
}

/** The sum over subsets, each weighted as Shapley does among `depth` columns. */
function shapleySum({ weights, depth }: Frame, count: number): number {
  let sum = 0;
  for (let s = 0; s <= count; s++) sum += weights[s]! * FACTORIAL[s]! * FACTORIAL[depth - 1 - s]!;
  return sum / FACTORIAL[depth]!;
}

/**
 * Adds to `phi` the share of one leaf: its path length times the Shapley value of "all conditions of the path hold",
 * which is a product game over the distinct columns. A subset with a column whose condition the row fails is worth
 * nothing, so that only those it satisfies have to be gone through, and all that it fails have the same value.
 */
function addLeaf(frame: Frame, value: number, phi: Float64Array): void {
  const { depth, columns, zero, one } = frame;
  if (value === 0 || depth === 0) return;
  let failed = 1;
  let failures = 0;
  for (let i = 0; i < depth; i++) {
    if (one[i] !== 0) continue;
    failed *= zero[i]!;
    failures++;
  }
  if (failures > 0) {
    const each = value * failed * shapleySum(frame, subsetWeights(frame, -1));
    for (let i = 0; i < depth; i++) if (one[i] === 0) phi[columns[i]!]! -= each;
  }
  for (let i = 0; i < depth; i++) {
    if (one[i] === 0 || zero[i] === 1) continue;
    phi[columns[i]!]! += value * failed * (1 - zero[i]!) * shapleySum(frame, subsetWeights(frame, i));
  }
}

/**
 * Shapley values of the mean path length of one row over the forest, by column, and its expectation over the training
 * rows: `base + Σ phi` is the row's mean path length.
 */
export function pathLengthShap(forest: FlatForest, row: Float32Array): { base: number; phi: Float64Array } {
  const phi = new Float64Array(row.length);
  const frame = makeFrame();
  let base = 0;
  for (const root of forest.roots) {
    frame.depth = 0;
    base += descend(forest, row, root, frame, phi, 1);
  }
  const trees = forest.roots.length;
  for (let j = 0; j < phi.length; j++) phi[j]! /= trees;
  return { base: base / trees, phi };
}

/** Visits the leaves below `node`; returns their expected path length weighted by `share` of the training rows. */
function descend(
  forest: FlatForest,
  row: Float32Array,
  node: number,
  frame: Frame,
  phi: Float64Array,
  share: number,
): number {
  const column = forest.feature[node]!;
  if (column < 0) {
    addLeaf(frame, forest.path[node]!, phi);
    return share * forest.path[node]!;
  }
  const goesLeft = row[column]! < forest.threshold[node]!;
  const left = branch(forest, row, node, node + 1, goesLeft, frame, phi, share);
  return left + branch(forest, row, node, forest.right[node]!, !goesLeft, frame, phi, share);
}

function branch(
  forest: FlatForest,
  row: Float32Array,
  node: number,
  child: number,
  taken: boolean,
  frame: Frame,
  phi: Float64Array,
  share: number,
): number {
  const column = forest.feature[node]!;
  const part = forest.cover[child]! / forest.cover[node]!;
  const at = find(frame, column);
  const isNew = at === frame.depth;
  const oldZero = isNew ? 1 : frame.zero[at]!;
  const oldOne = isNew ? 1 : frame.one[at]!;
  const zero = oldZero * part;
  const one = taken ? oldOne : 0;
  // Neither the row nor any training row comes here: worth nothing to any subset.
  if (zero === 0 && one === 0) return 0;
  if (isNew) frame.depth++;
  frame.columns[at] = column;
  frame.zero[at] = zero;
  frame.one[at] = one;
  const expected = descend(forest, row, child, frame, phi, share * part);
  frame.zero[at] = oldZero;
  frame.one[at] = oldOne;
  if (isNew) frame.depth--;
  return expected;
}

function find(frame: Frame, column: number): number {
  for (let i = 0; i < frame.depth; i++) if (frame.columns[i] === column) return i;
  return frame.depth;
}

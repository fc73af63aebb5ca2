/**
 * Classification trees by histograms: values are put into at most 255 bins once, and a split is sought by counting bins.
 * A tree costs about rows × tried columns × depth reads of a byte.
 */
import { randomSource, sampleWithoutReplacement } from '../../features/random.ts';
import type { FeatureMatrix } from '../../types.ts';
import { roundUp, type FlatForest } from '../forest/flat.ts';

const MOST_BINS = 255;
/** Rows from which the borders of bins are taken. */
const BORDER_ROWS = 20_000;
/** TreeSHAP keeps paths of at most 64 columns. */
export const MOST_DEPTH = 40;

/** How trees are grown. */
export interface TreeShape {
  trees: number;
  maxDepth: number;
  /** Fewest rows on either side of a split. */
  leafRows: number;
  /** Columns tried a split; 0: the square root of their number. */
  columns: number;
}

export interface Binned {
  rows: number;
  /** Column-major. */
  bins: Uint8Array;
  /** Of each column: the least value of each bin but the first. A value is below border b exactly when its bin is ≤ b. */
  borders: readonly Float32Array[];
}

/** Puts the values of each column into bins of about equal size. */
export function binned({ data, rows, features }: FeatureMatrix, random: () => number): Binned {
  const width = features.length;
  const looked = sampleWithoutReplacement(rows, BORDER_ROWS, random);
  const bins = new Uint8Array(rows * width);
  const borders: Float32Array[] = [];
  for (let j = 0; j < width; j++) {
    const values = Float32Array.from(looked, (row) => data[row * width + j]!).sort();
    const own = bordersOf(values);
    borders.push(own);
    const base = j * rows;
    for (let r = 0; r < rows; r++) bins[base + r] = binOf(own, data[r * width + j]!);
  }
  return { rows, bins, borders };
}

function bordersOf(sorted: Float32Array): Float32Array {
  const distinct = sorted.filter((x, i) => i === 0 || x !== sorted[i - 1]!);
  const between = (a: number, b: number): number => roundUp((a + b) / 2 > a ? (a + b) / 2 : b);
  if (distinct.length <= MOST_BINS) {
    return Float32Array.from({ length: distinct.length - 1 }, (_, i) => between(distinct[i]!, distinct[i + 1]!));
  }
  const chosen = new Set<number>();
  for (let b = 1; b < MOST_BINS; b++) {
    const x = sorted[Math.floor((b * sorted.length) / MOST_BINS)]!;
    if (x > sorted[0]!) chosen.add(x);
  }
  return Float32Array.from(chosen).sort();
}

function binOf(borders: Float32Array, x: number): number {
  let low = 0;
  let high = borders.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (borders[middle]! <= x) low = middle + 1;
    else high = middle;
  }
  return low;
}

interface Grower {
  data: Binned;
  attack: Uint8Array;
  classWeight: readonly [number, number];
  /** Rows of the tree, parted in place. */
  rows: Int32Array;
  tried: number;
  maxDepth: number;
  leafRows: number;
  random: () => number;
  columns: Int32Array;
  /** Weight by bin, ordinary and attack. */
  normal: Float64Array;
  bad: Float64Array;
  out: Nodes;
}

interface Nodes {
  feature: number[];
  threshold: number[];
  right: number[];
  cover: number[];
  path: number[];
}

interface Candidate {
  column: number;
  border: number;
  gain: number;
}

/** Best border of one column for the rows `from`…`to`, by Gini; `gain` is Σ (attack weight)² / weight over both sides. */
function bestBorder(g: Grower, column: number, from: number, to: number, best: Candidate): void {
  const borders = g.data.borders[column]!.length;
  if (borders === 0) return;
  const { normal, bad, rows, attack, classWeight, leafRows } = g;
  const base = column * g.data.rows;
  const { bins } = g.data;
  // Deep nodes span few bins: most columns do not vary there, and need no counting.
  let [low, high] = [MOST_BINS, 0];
  for (let i = from; i < to; i++) {
    const bin = bins[base + rows[i]!]!;
    if (bin < low) low = bin;
    if (bin > high) high = bin;
  }
  if (low === high) return;
  normal.fill(0, low, high + 1);
  bad.fill(0, low, high + 1);
  let [allNormal, allBad] = [0, 0];
  for (let i = from; i < to; i++) {
    const row = rows[i]!;
    if (attack[row]) {
      bad[bins[base + row]!]! += classWeight[1];
      allBad += classWeight[1];
    } else {
      normal[bins[base + row]!]! += classWeight[0];
      allNormal += classWeight[0];
    }
  }
  let [left, leftBad] = [0, 0];
  const all = allNormal + allBad;
  for (let b = low; b < high; b++) {
    left += normal[b]! + bad[b]!;
    leftBad += bad[b]!;
    const right = all - left;
    // Sums of weights that cancel leave crumbs.
    if (left <= 1e-9 || right <= 1e-9) continue;
    const rightBad = allBad - leftBad;
    if (leafRows > 1) {
      const count = Math.round((left - leftBad) / classWeight[0] + leftBad / classWeight[1]);
      if (count < leafRows || to - from - count < leafRows) continue;
    }
    const gain =
      (leftBad * leftBad + (left - leftBad) ** 2) / left + (rightBad * rightBad + (right - rightBad) ** 2) / right;
    if (gain > best.gain) {
      best.gain = gain;
      best.column = column;
      best.border = b;
    }
  }
}

/** Grows the node of the rows `from`…`to`; nodes stand in preorder. */
function grow(g: Grower, from: number, to: number, depth: number): void {
  const { out, attack, rows, classWeight } = g;
  let [normal, bad] = [0, 0];
  for (let i = from; i < to; i++) {
    if (attack[rows[i]!]) bad += classWeight[1];
    else normal += classWeight[0];
  }
  const at = out.feature.length;
  out.feature.push(-1);
  out.threshold.push(0);
  out.right.push(0);
  out.cover.push(to - from);
  out.path.push(bad / (normal + bad));
  if (normal === 0 || bad === 0 || depth >= g.maxDepth) return;
  const { column, border } = chooseSplit(g, from, to, (normal * normal + bad * bad) / (normal + bad));
  if (column < 0) return;
  const middle = part(g, column, border, from, to);
  if (middle === from || middle === to) return;
  out.feature[at] = column;
  out.threshold[at] = g.data.borders[column]![border]!;
  grow(g, from, middle, depth + 1);
  out.right[at] = out.feature.length;
  grow(g, middle, to, depth + 1);
}

/** Tries columns in random order: at least `tried`, and more until one parts the rows. */
function chooseSplit(g: Grower, from: number, to: number, plain: number): Candidate {
  const best: Candidate = { column: -1, border: -1, gain: plain + 1e-9 };
  const { columns, random } = g;
  for (let i = 0; i < columns.length && (i < g.tried || best.column < 0); i++) {
    const j = i + Math.floor(random() * (columns.length - i));
    const swap = columns[i]!;
    columns[i] = columns[j]!;
    columns[j] = swap;
    bestBorder(g, columns[i]!, from, to, best);
  }
  return best;
}

/** Rows below the border to the front; where the others begin. */
function part(g: Grower, column: number, border: number, from: number, to: number): number {
  const { rows } = g;
  const { bins } = g.data;
  const base = column * g.data.rows;
  let middle = from;
  for (let i = from; i < to; i++) {
    const row = rows[i]!;
    if (bins[base + row]! > border) continue;
    rows[i] = rows[middle]!;
    rows[middle++] = row;
  }
  return middle;
}

interface Growth {
  matrix: FeatureMatrix;
  attack: Uint8Array;
  classWeight: readonly [number, number];
  seed: number;
  shape: TreeShape;
  data: Binned;
  out: Nodes;
  roots: Int32Array;
  rows: Int32Array;
}

function beginGrowth(
  matrix: FeatureMatrix,
  attack: Uint8Array,
  classWeight: readonly [number, number],
  shape: TreeShape,
  seed: number,
): Growth {
  return {
    matrix,
    attack,
    classWeight,
    seed,
    shape,
    data: binned(matrix, randomSource(seed, 700)),
    out: { feature: [], threshold: [], right: [], cover: [], path: [] },
    roots: new Int32Array(shape.trees),
    rows: new Int32Array(matrix.rows),
  };
}

function growTree({ matrix, attack, classWeight, seed, shape, data, out, roots, rows }: Growth, t: number): void {
  const width = matrix.features.length;
  const random = randomSource(seed, 701 + t);
  for (let i = 0; i < rows.length; i++) rows[i] = Math.floor(random() * matrix.rows);
  roots[t] = out.feature.length;
  const columns = Int32Array.from({ length: width }, (_, j) => j);
  const [normal, bad] = [new Float64Array(MOST_BINS + 1), new Float64Array(MOST_BINS + 1)];
  const tried = Math.min(width, shape.columns === 0 ? Math.max(1, Math.round(Math.sqrt(width))) : shape.columns);
  const { maxDepth, leafRows } = shape;
  grow(
    { data, attack, classWeight, rows, tried, maxDepth, leafRows, random, columns, normal, bad, out },
    0,
    rows.length,
    0,
  );
}

function finishGrowth({ matrix, out, roots }: Growth): FlatForest {
  return {
    roots,
    feature: Int32Array.from(out.feature),
    threshold: Float32Array.from(out.threshold),
    right: Int32Array.from(out.right),
    cover: Float64Array.from(out.cover),
    path: Float64Array.from(out.path),
    subsample: matrix.rows,
  };
}

/**
 * Trees, each of a bootstrap sample (Breiman 2001). A leaf's `path` is its share of attacks by class weight. `afterTree` may
 * give others a turn.
 */
export async function growForestInTurns(
  matrix: FeatureMatrix,
  attack: Uint8Array,
  classWeight: readonly [number, number],
  shape: TreeShape,
  seed: number,
  afterTree: (grown: number, of: number) => Promise<void>,
): Promise<FlatForest> {
  const growth = beginGrowth(matrix, attack, classWeight, shape, seed);
  for (let t = 0; t < shape.trees; t++) {
    growTree(growth, t);
    await afterTree(t + 1, shape.trees);
  }
  return finishGrowth(growth);
}

/** The same forest, at once. */
export function growForest(
  matrix: FeatureMatrix,
  attack: Uint8Array,
  classWeight: readonly [number, number],
  shape: TreeShape,
  seed: number,
): FlatForest {
  const growth = beginGrowth(matrix, attack, classWeight, shape, seed);
  for (let t = 0; t < shape.trees; t++) growTree(growth, t);
  return finishGrowth(growth);
}

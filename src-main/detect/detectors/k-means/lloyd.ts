/** k-means (Lloyd 1982) from k-means++ starts (Arthur & Vassilvitskii 2007), and how well a number of clusters fits. */
import type { FeatureMatrix } from '../../types.ts';

export interface Clusters {
  count: number;
  /** count × columns. */
  centres: Float64Array;
  label: Int32Array;
  /** Sum of squared distances to the own centre. */
  inertia: number;
}

const ROUNDS = 40;

/** Squared distance of row `r` to centre `c`. */
function square(data: Float32Array, r: number, centres: Float64Array, c: number, width: number): number {
  let sum = 0;
  for (let j = 0; j < width; j++) sum += (data[r * width + j]! - centres[c * width + j]!) ** 2;
  return sum;
}

function starts({ data, rows, features }: FeatureMatrix, count: number, random: () => number): Float64Array {
  const width = features.length;
  const centres = new Float64Array(count * width);
  const nearest = new Float64Array(rows).fill(Infinity);
  let chosen = Math.floor(random() * rows);
  for (let c = 0; c < count; c++) {
    for (let j = 0; j < width; j++) centres[c * width + j] = data[chosen * width + j]!;
    let total = 0;
    for (let r = 0; r < rows; r++) {
      nearest[r] = Math.min(nearest[r]!, square(data, r, centres, c, width));
      total += nearest[r]!;
    }
    let left = random() * total;
    chosen = 0;
    while (chosen < rows - 1 && (left -= nearest[chosen]!) > 0) chosen++;
  }
  return centres;
}

/** Nearest centre and its squared distance. */
export function assign(
  data: Float32Array,
  r: number,
  centres: Float64Array,
  count: number,
  width: number,
): { centre: number; square: number } {
  let centre = 0;
  let least = Infinity;
  for (let c = 0; c < count; c++) {
    const d = square(data, r, centres, c, width);
    if (d < least) {
      least = d;
      centre = c;
    }
  }
  return { centre, square: least };
}

export function kMeans(matrix: FeatureMatrix, count: number, random: () => number): Clusters {
  const { data, rows, features } = matrix;
  const width = features.length;
  const centres = starts(matrix, count, random);
  const label = new Int32Array(rows).fill(-1);
  let inertia = 0;
  for (let round = 0; round < ROUNDS; round++) {
    let moved = 0;
    inertia = 0;
    for (let r = 0; r < rows; r++) {
      const found = assign(data, r, centres, count, width);
      inertia += found.square;
      if (found.centre !== label[r]) moved++;
      label[r] = found.centre;
    }
    if (moved === 0) break;
    recentre(matrix, label, centres, count);
  }
  return { count, centres, label, inertia };
}

/** Centres to the means of their rows; one without rows stays. */
function recentre(
  { data, rows, features }: FeatureMatrix,
  label: Int32Array,
  centres: Float64Array,
  count: number,
): void {
  const width = features.length;
  const sums = new Float64Array(count * width);
  const sizes = new Float64Array(count);
  for (let r = 0; r < rows; r++) {
    const c = label[r]!;
    sizes[c]!++;
    for (let j = 0; j < width; j++) sums[c * width + j]! += data[r * width + j]!;
  }
  for (let c = 0; c < count; c++) {
    if (sizes[c]! === 0) continue;
    for (let j = 0; j < width; j++) centres[c * width + j] = sums[c * width + j]! / sizes[c]!;
  }
}

/** Mean silhouette (Rousseeuw 1987), −1…1; compares all pairs: for some hundreds of rows. */
export function silhouette({ data, rows, features }: FeatureMatrix, label: Int32Array, count: number): number {
  const width = features.length;
  const sizes = new Float64Array(count);
  for (let r = 0; r < rows; r++) sizes[label[r]!]!++;
  let total = 0;
  const sums = new Float64Array(count);
  for (let a = 0; a < rows; a++) {
    const own = label[a]!;
    if (sizes[own]! < 2) continue;
    sums.fill(0);
    for (let b = 0; b < rows; b++) {
      let d = 0;
      for (let j = 0; j < width; j++) d += (data[a * width + j]! - data[b * width + j]!) ** 2;
      sums[label[b]!]! += Math.sqrt(d);
    }
    let other = Infinity;
    for (let c = 0; c < count; c++) if (c !== own && sizes[c]! > 0) other = Math.min(other, sums[c]! / sizes[c]!);
    const within = sums[own]! / (sizes[own]! - 1);
    const most = Math.max(within, other);
    if (other < Infinity && most > 0) total += (other - within) / most;
  }
  return total / rows;
}

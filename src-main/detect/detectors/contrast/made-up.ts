/**
 * Rows that nobody sent, made from ordinary ones: what a detector can be judged by without a single label, and what a forest
 * can tell ordinary rows from (Steinwart, Hush & Scovel 2005: finding anomalies is telling data from a reference).
 */
import { randomSource } from '../../features/random.ts';
import type { FeatureMatrix } from '../../types.ts';

const SWAPPED = 1 / 3;
const MOST_STRETCHED = 3;
/** Values go this far beyond the greatest, in ranges. */
const BEYOND = 0.5;

/**
 * As many rows as `ordinary` has. Half of them take about a third of their columns from another row: each value is ordinary,
 * the combination is not. The other half have one to three columns anywhere between the least and beyond the greatest value
 * seen. `owner`: which source each column comes from; the columns of one source go together.
 */
export function madeUpAnomalies(ordinary: FeatureMatrix, owner: Int32Array, seed: number): FeatureMatrix {
  const { features, rows, data } = ordinary;
  const width = features.length;
  const random = randomSource(seed, 401);
  const sources = [...new Set(owner)];
  const ranges = rangesOf(ordinary);
  const out = Float32Array.from(data.subarray(0, rows * width));
  for (let r = 0; r < rows; r++) {
    if (r % 2 === 0) swap(out, data, r, Math.floor(random() * rows), owner, sources, random);
    else stretch(out, r, ranges, owner, sources, random);
  }
  return { features, rows, data: out };
}

function rangesOf({ features, rows, data }: FeatureMatrix): [Float64Array, Float64Array] {
  const width = features.length;
  const [least, most] = [new Float64Array(width).fill(Infinity), new Float64Array(width).fill(-Infinity)];
  for (let r = 0; r < rows; r++) {
    for (let j = 0; j < width; j++) {
      const x = data[r * width + j]!;
      if (x < least[j]!) least[j] = x;
      if (x > most[j]!) most[j] = x;
    }
  }
  return [least, most];
}

function swap(
  out: Float32Array,
  data: Float32Array,
  row: number,
  other: number,
  owner: Int32Array,
  sources: readonly number[],
  random: () => number,
): void {
  const width = owner.length;
  const taken = new Set(sources.filter(() => random() < SWAPPED));
  for (let j = 0; j < width; j++) if (taken.has(owner[j]!)) out[row * width + j] = data[other * width + j]!;
}

function stretch(
  out: Float32Array,
  row: number,
  [least, most]: [Float64Array, Float64Array],
  owner: Int32Array,
  sources: readonly number[],
  random: () => number,
): void {
  const width = owner.length;
  const count = 1 + Math.floor(random() * MOST_STRETCHED);
  for (let i = 0; i < count; i++) {
    const source = sources[Math.floor(random() * sources.length)]!;
    const share = random() * (1 + BEYOND);
    for (let j = 0; j < width; j++) {
      if (owner[j] === source) out[row * width + j] = least[j]! + share * (most[j]! - least[j]!);
    }
  }
}

/** Rows whose every source comes from a row of its own: values as frequent as they are, nothing that goes together. */
export function recombined(
  { features, rows, data }: FeatureMatrix,
  owner: Int32Array,
  count: number,
  random: () => number,
): FeatureMatrix {
  const width = features.length;
  const columns = [...new Set(owner)].map((source) => [...owner.keys()].filter((j) => owner[j] === source));
  const out = new Float32Array(count * width);
  for (let r = 0; r < count; r++) {
    for (const own of columns) {
      const from = Math.floor(random() * rows) * width;
      for (const j of own) out[r * width + j] = data[from + j]!;
    }
  }
  return { features, rows: count, data: out };
}

/** Which columns go together, by their names: those of one word column, and a number with its "unset". */
export function columnOwners(features: readonly string[]): Int32Array {
  const known = new Map<string, number>();
  return Int32Array.from(features, (name) => {
    const source = name
      .replace(/^log2\(1\+(.*)\)$/, '$1')
      .replace(/=.*$/, '')
      .replace(/ rarity$/, '');
    const found = known.get(source) ?? known.size;
    known.set(source, found);
    return found;
  });
}

import type { TreeNode } from 'ml-isolation-forest';
import { describe, expect, it } from 'vitest';
import { IsolationForestDetector } from '../../../src-main/detect/detectors/forest/detector.ts';
import {
  averagePath,
  flatten,
  pathLengths,
  roundUp,
  type FlatForest,
} from '../../../src-main/detect/detectors/forest/flat.ts';
import { growTrees, withRandom } from '../../../src-main/detect/detectors/forest/train.ts';
import { pathLengthShap } from '../../../src-main/detect/detectors/forest/treeshap.ts';
import { ForestKernel } from '../../../src-main/detect/detectors/kernels/forest.ts';
import { randomSource } from '../../../src-main/detect/features/random.ts';
import type { FeatureMatrix } from '../../../src-main/detect/types.ts';

function randomRows(rows: number, width: number, seed: number): FeatureMatrix {
  const random = randomSource(seed);
  const features = Array.from({ length: width }, (_, i) => `f${i}`);
  // Some columns hold two values only, one is constant: as classes and unused features do.
  const value = (i: number): number => (i % width === 0 ? 1 : i % width < 3 ? Math.round(random()) : random() * 4 - 2);
  return { features, rows, data: Float32Array.from({ length: rows * width }, (_, i) => value(i)) };
}

const rowOf = ({ data, features }: FeatureMatrix, r: number): Float32Array =>
  data.subarray(r * features.length, (r + 1) * features.length);

describe('the flattened forest', () => {
  const training = randomRows(3000, 12, 1);
  const { trees, subsample } = growTrees(training, 1);
  const flat = flatten(trees, subsample);
  const rows = randomRows(500, 12, 2);

  it('scores exactly as the trees of the library do', () => {
    const out = new Float64Array(rows.rows);
    pathLengths(flat, rows.data, rows.rows, 12, out);
    for (let r = 0; r < rows.rows; r++) {
      let sum = 0;
      for (const tree of trees) sum += tree.pathLengthFromRoot(rowOf(rows, r), 0);
      expect(out[r]).toBe(sum / trees.length);
    }
  });

  it('scores the same by the kernel, bit for bit, also rows on a threshold', () => {
    const onThreshold = {
      ...rows,
      data: rows.data.map((x, i) => (i % 3 === 0 ? flat.threshold[i % flat.threshold.length]! : x)),
    };
    for (const given of [rows, onThreshold]) {
      const [plain, fast] = [new Float64Array(given.rows), new Float64Array(given.rows)];
      pathLengths(flat, given.data, given.rows, 12, plain);
      new ForestKernel(flat, 12).run(given.data, given.rows, fast);
      expect(fast).toEqual(plain);
    }
  });

  it('has 150 trees of 256 rows each', () => {
    expect(flat.roots.length).toBe(150);
    for (const root of flat.roots) expect(flat.cover[root]).toBe(256);
  });

  it('rounds thresholds so that 32-bit values fall on the same side', () => {
    const random = randomSource(9);
    for (let i = 0; i < 2000; i++) {
      const exact = (random() - 0.5) * 10 ** (random() * 12 - 6);
      const up = roundUp(exact);
      expect(up).toBe(Math.fround(up));
      for (const x of [Math.fround(exact), up, Math.fround(exact * (1 + 1e-7)), Math.fround(exact * (1 - 1e-7))]) {
        expect(x < up).toBe(x < exact);
      }
    }
  });

  it('is the same for a seed and another for another, and leaves Math.random alone', () => {
    const before = Math.random;
    const again = growTrees(training, 1, 5);
    expect(flatten(again.trees, 256)).toEqual(flatten(growTrees(training, 1, 5).trees, 256));
    expect(flatten(growTrees(training, 2, 5).trees, 256).threshold).not.toEqual(flatten(again.trees, 256).threshold);
    expect(Math.random).toBe(before);
    expect(() =>
      withRandom(
        () => 0,
        () => {
          throw new Error('no');
        },
      ),
    ).toThrow('no');
    expect(Math.random).toBe(before);
  });
});

/** Expected path length when only the columns in `known` are given: both branches by cover at the others. */
function conditional(
  { feature, threshold, right, cover, path }: FlatForest,
  node: number,
  row: Float32Array,
  known: number,
): number {
  const column = feature[node]!;
  if (column < 0) return path[node]!;
  const go = (child: number): number =>
    conditional({ feature, threshold, right, cover, path } as FlatForest, child, row, known);
  if ((known >> column) & 1) return row[column]! < threshold[node]! ? go(node + 1) : go(right[node]!);
  const [left, other] = [cover[node + 1]!, cover[right[node]!]!];
  return ((left > 0 ? left * go(node + 1) : 0) + (other > 0 ? other * go(right[node]!) : 0)) / cover[node]!;
}

const factorial = (n: number): number => (n < 2 ? 1 : n * factorial(n - 1));

/** Shapley values by their definition: over all subsets of the other columns. */
function bruteForce(forest: FlatForest, row: Float32Array): Float64Array {
  const m = row.length;
  const value = (known: number): number => {
    let sum = 0;
    for (const root of forest.roots) sum += conditional(forest, root, row, known);
    return sum / forest.roots.length;
  };
  const worth = Array.from({ length: 1 << m }, (_, known) => value(known));
  return Float64Array.from({ length: m }, (_, i) => {
    let phi = 0;
    for (let set = 0; set < 1 << m; set++) {
      if ((set >> i) & 1) continue;
      let size = 0;
      for (let j = 0; j < m; j++) size += (set >> j) & 1;
      phi += ((factorial(size) * factorial(m - size - 1)) / factorial(m)) * (worth[set | (1 << i)]! - worth[set]!);
    }
    return phi;
  });
}

describe('TreeSHAP', () => {
  it('agrees with Shapley values by their definition', () => {
    const training = randomRows(300, 6, 3);
    for (const seed of [1, 2, 3]) {
      const { trees, subsample } = growTrees(training, seed, 6);
      const forest = flatten(trees, subsample);
      // One row far outside: it falls into branches that no training row took.
      const rows = randomRows(8, 6, seed + 10);
      rows.data.fill(1e6, 0, 6);
      rows.data.fill(-1e6, 6, 12);
      for (let r = 0; r < rows.rows; r++) {
        const { phi } = pathLengthShap(forest, rowOf(rows, r));
        const expected = bruteForce(forest, rowOf(rows, r));
        for (let j = 0; j < 6; j++) expect(Math.abs(phi[j]! - expected[j]!)).toBeLessThan(1e-9);
      }
    }
  });

  it('sums to the score minus the base, to a millionth', () => {
    const training = randomRows(3000, 20, 4);
    const detector = new IsolationForestDetector();
    detector.fitNow(training, randomRows(500, 20, 5), 1);
    const rows = randomRows(10, 20, 6);
    const raw = new Float64Array(10);
    detector.raw(rows.data, 10, raw);
    for (let r = 0; r < 10; r++) {
      const { base, score, contributions } = detector.explain(rows, r);
      expect(score).toBe(raw[r]);
      expect(Math.abs(base + contributions.reduce((a, b) => a + b, 0) - score)).toBeLessThan(1e-6);
    }
  });

  it('of a single split gives the split column everything', () => {
    const leaf = (rows: number): TreeNode => ({
      trainingSet: Array.from({ length: rows }, () => []),
      pathLengthFromRoot: () => 0,
    });
    const tree: TreeNode = {
      splitColumn: 1,
      splitValue: 0,
      left: leaf(1),
      right: leaf(3),
      pathLengthFromRoot: () => 0,
    };
    const { base, phi } = pathLengthShap(flatten([tree], 4), Float32Array.of(0, -1, 0));
    const [left, right] = [1 + averagePath(1), 1 + averagePath(3)];
    expect(base).toBeCloseTo(0.25 * left + 0.75 * right, 12);
    expect([...phi].map((x) => Number(x.toFixed(12)))).toEqual([0, Number((left - base).toFixed(12)), 0]);
  });
});

describe('the isolation forest', () => {
  it('is insufficient below 256 rows', () => {
    const detector = new IsolationForestDetector();
    detector.fitNow(randomRows(255, 4, 1), randomRows(50, 4, 2), 1);
    expect(detector.score(randomRows(1, 4, 3)).status).toBe('insufficient');
  });

  it('gives identical scores after snapshot and restore', () => {
    const training = randomRows(1000, 8, 1);
    const detector = new IsolationForestDetector();
    detector.fitNow(training, randomRows(300, 8, 2), 1);
    const again = new IsolationForestDetector();
    again.restore(structuredClone(detector.snapshot()), training.features);
    const rows = randomRows(100, 8, 3);
    expect(again.score(rows)).toEqual(detector.score(rows));
  });

  it('refuses a forest whose walks would not end', () => {
    const training = randomRows(1000, 8, 1);
    const detector = new IsolationForestDetector();
    detector.fitNow(training, training, 1);
    const snapshot = structuredClone(detector.snapshot());
    (snapshot.arrays['right'] as Int32Array)[0] = 0;
    expect(() => new IsolationForestDetector().restore(snapshot, training.features)).toThrow(/does not lead on/);
  });
});

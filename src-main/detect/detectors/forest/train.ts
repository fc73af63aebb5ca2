/**
 * Isolation trees by `ml-isolation-forest`, as Liu, Ting & Zhou (2008) grow them: each tree from its own small subsample
 * without replacement. The library gives every tree all rows and draws from Math.random; so each tree here is a forest of
 * one, and Math.random is replaced by a seeded source for the length of the (synchronous) call.
 */
import { IsolationForest, type TreeNode } from 'ml-isolation-forest';
import { randomSource, sampleWithoutReplacement } from '../../features/random.ts';
import type { FeatureMatrix } from '../../types.ts';

export const TREES = 150;
export const SUBSAMPLE = 256;

/** Calls `work` with Math.random replaced by `random`, and puts it back whatever happens. */
export function withRandom<T>(random: () => number, work: () => T): T {
  const original = Math.random;
  Math.random = random;
  try {
    return work();
  } finally {
    Math.random = original;
  }
}

/** `trees` trees of the library; each saw `most` rows, or all where there are fewer. */
export function growTrees(
  matrix: FeatureMatrix,
  seed: number,
  trees = TREES,
  most = SUBSAMPLE,
): { trees: TreeNode[]; subsample: number } {
  const { data, rows, features } = matrix;
  const width = features.length;
  const subsample = Math.min(most, rows);
  const grown: TreeNode[] = [];
  for (let t = 0; t < trees; t++) {
    const random = randomSource(seed, t + 1);
    const chosen = sampleWithoutReplacement(rows, subsample, random);
    const training = Array.from(chosen, (row) => rowOf(data, row * width, width));
    const forest = new IsolationForest({ nEstimators: 1 });
    withRandom(random, () => forest.train(training));
    grown.push(forest.forest[0]!);
  }
  return { trees: grown, subsample };
}

/** A row as the library wants it. A loop: `Array.from` goes through the typed array's iterator, some ten times slower. */
function rowOf(data: FeatureMatrix['data'], from: number, width: number): number[] {
  const row = new Array<number>(width);
  for (let i = 0; i < width; i++) row[i] = data[from + i]!;
  return row;
}

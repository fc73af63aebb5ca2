import { describe, expect, it } from 'vitest';
import { LogisticRegression } from '../../../src-main/detect/detectors/logistic-regression/detector.ts';
import { OneRule } from '../../../src-main/detect/detectors/one-rule/detector.ts';
import { RandomForest } from '../../../src-main/detect/detectors/random-forest/detector.ts';
import { growForest } from '../../../src-main/detect/detectors/random-forest/grow.ts';
import { pathLengthShap } from '../../../src-main/detect/detectors/forest/treeshap.ts';
import type { FlatForest } from '../../../src-main/detect/detectors/forest/flat.ts';
import { randomSource } from '../../../src-main/detect/features/random.ts';
import { rocAuc, stepsOf } from '../../../src-main/detect/lab/metrics.ts';
import type { FeatureMatrix } from '../../../src-main/detect/types.ts';
import { matrixOf } from './matrices.ts';

/** Attacks where exactly one of two columns is over a half: no line parts them; a third column says nothing. */
function either(count: number, seed: number): { matrix: FeatureMatrix; attack: Uint8Array } {
  const random = randomSource(seed);
  const rows = Array.from({ length: count }, () => [random(), random(), random()]);
  return { matrix: matrixOf(rows), attack: Uint8Array.from(rows, ([a, b]) => (a! > 0.5 !== b! > 0.5 ? 1 : 0)) };
}

const auc = (scores: Float64Array, attack: Uint8Array): number => rocAuc(stepsOf(scores, attack));

describe('the random forest', () => {
  const train = either(1500, 1);
  const test = either(500, 2);
  const forest = new RandomForest({ trees: 30 });
  forest.fit(train.matrix, 1, train.attack);

  it('learns what no line parts', () => {
    expect(auc(forest.score(test.matrix), test.attack)).toBeGreaterThan(0.97);
    const line = new LogisticRegression();
    line.fit(train.matrix, 1, train.attack);
    expect(auc(line.score(test.matrix), test.attack)).toBeLessThan(0.6);
  });

  it('gives shares between 0 and 1, the same for the same seed', () => {
    const again = new RandomForest({ trees: 30 });
    again.fit(train.matrix, 1, train.attack);
    const scores = forest.score(test.matrix);
    expect([...again.score(test.matrix)]).toEqual([...scores]);
    expect(Math.min(...scores)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...scores)).toBeLessThanOrEqual(1);
  });

  it('is explained by parts that sum to the score', () => {
    for (let r = 0; r < 20; r++) {
      const { base, score, contributions } = forest.explain(test.matrix.data.subarray(r * 3, r * 3 + 3));
      expect(Math.abs(base + contributions.reduce((a, b) => a + b, 0) - score)).toBeLessThan(1e-6);
    }
  });

  it('is explained as the definition of Shapley says', () => {
    const small = growForest(
      train.matrix,
      train.attack,
      [1, 1],
      { trees: 5, maxDepth: 40, leafRows: 1, columns: 0 },
      3,
    );
    const row = test.matrix.data.subarray(0, 3);
    const { phi } = pathLengthShap(small, row);
    for (let j = 0; j < 3; j++) expect(phi[j]).toBeCloseTo(shapley(small, row, j), 9);
  });

  it('hears a rare class: weights make both count alike', () => {
    const random = randomSource(5);
    const rows = Array.from({ length: 3000 }, (_, i) => [i % 100 === 0 ? 0.8 + random() * 0.4 : random()]);
    const attack = Uint8Array.from({ length: 3000 }, (_, i) => (i % 100 === 0 ? 1 : 0));
    const rare = new RandomForest({ trees: 20 });
    rare.fit(matrixOf(rows), 1, attack);
    expect(rare.score(matrixOf([[1.1], [0.1]]))[0]).toBe(1);
    expect(rare.score(matrixOf([[1.1], [0.1]]))[1]).toBe(0);
  });
});

/** Mean leaf of the trees where only the columns of `known` are known; others follow both branches by their shares. */
function expectation(forest: FlatForest, row: Float32Array, known: number): number {
  const at = (node: number): number => {
    const column = forest.feature[node]!;
    if (column < 0) return forest.path[node]!;
    const [left, right] = [node + 1, forest.right[node]!];
    if (known & (1 << column)) return at(row[column]! < forest.threshold[node]! ? left : right);
    return (at(left) * forest.cover[left]! + at(right) * forest.cover[right]!) / forest.cover[node]!;
  };
  return forest.roots.reduce((sum, root) => sum + at(root), 0) / forest.roots.length;
}

function shapley(forest: FlatForest, row: Float32Array, column: number): number {
  const factorial = [1, 1, 2, 6];
  let sum = 0;
  for (let subset = 0; subset < 8; subset++) {
    if (subset & (1 << column)) continue;
    const size = [0, 1, 2].filter((j) => subset & (1 << j)).length;
    const gain = expectation(forest, row, subset | (1 << column)) - expectation(forest, row, subset);
    sum += (gain * factorial[size]! * factorial[2 - size]!) / factorial[3]!;
  }
  return sum;
}

it('logistic regression parts what a line parts, and is explained exactly', () => {
  const random = randomSource(6);
  const rows = Array.from({ length: 800 }, () => [random() * 2 - 1, random() * 2 - 1]);
  const attack = Uint8Array.from(rows, ([a, b]) => (a! + 2 * b! > 0 ? 1 : 0));
  const line = new LogisticRegression();
  line.fit(matrixOf(rows), 1, attack);
  expect(auc(line.score(matrixOf(rows)), attack)).toBeGreaterThan(0.999);
  const row = Float32Array.of(0.5, -1);
  const { base, score, contributions } = line.explain(row);
  expect(score).toBeCloseTo(base + contributions[0]! + contributions[1]!, 9);
  expect(score).toBeCloseTo(line.score({ features: ['a', 'b'], rows: 1, data: row })[0]!, 9);
});

it('the one-line rule finds the column, the side and the threshold', () => {
  const rule = new OneRule();
  rule.fit(
    matrixOf([
      [5, 9],
      [6, 8],
      [5, 2],
      [6, 1],
    ]),
    1,
    Uint8Array.of(0, 0, 1, 1),
  );
  expect(rule.chosen).toBe('f1 < 8');
  expect([
    ...rule.score(
      matrixOf([
        [0, 7],
        [0, 8],
        [0, 9],
      ]),
    ),
  ]).toEqual([1, -0, -1]);
  const word = new OneRule();
  word.fit({ ...matrixOf([[1], [1], [0]]), features: ['state=S0'] }, 1, Uint8Array.of(1, 1, 0));
  expect(word.chosen).toBe('state=S0');
});

it('supervised detectors want labels', async () => {
  const rows = matrixOf([[1], [2]]);
  expect(() => new OneRule().fit(rows, 1)).toThrow(RangeError);
  expect(() => new RandomForest({ trees: 1 }).fit(rows, 1)).toThrow(RangeError);
  expect(() => new LogisticRegression().fit(rows, 1)).toThrow(RangeError);
});

import { describe, expect, it } from 'vitest';
import { GradientBoosting } from '../../../src-main/detect/detectors/gradient-boosting/detector.ts';
import { unweighted } from '../../../src-main/detect/detectors/matrix/classes.ts';
import { RandomForest } from '../../../src-main/detect/detectors/random-forest/detector.ts';
import { randomSource } from '../../../src-main/detect/features/random.ts';
import { rocAuc, stepsOf } from '../../../src-main/detect/lab/metrics.ts';
import type { FeatureMatrix } from '../../../src-main/detect/types.ts';
import { matrixOf } from './matrices.ts';

/** Attack where two of four numbers are alike high or alike low: no single column says anything. */
function crossed(rows: number, seed: number): { matrix: FeatureMatrix; attack: Uint8Array } {
  const random = randomSource(seed, 1);
  const values = Array.from({ length: rows }, () => [random(), random(), random(), random()]);
  const attack = Uint8Array.from(values, ([a, b]) => (a! > 0.5 === b! > 0.5 ? 1 : 0));
  return { matrix: matrixOf(values), attack };
}

/** One split of one column, worked out by hand beside it. */
const STEP = matrixOf([[0], [0], [0], [0], [1], [1], [1], [1]]);
const STEP_ATTACK = Uint8Array.from([0, 0, 0, 1, 1, 1, 1, 0]);

describe('gradient-boosted trees', () => {
  const train = crossed(4000, 1);
  const test = crossed(2000, 2);
  const boosted = new GradientBoosting({ trees: 60 });
  boosted.fit(train.matrix, 1, train.attack);

  it('adds the step of Newton in each leaf', () => {
    const one = new GradientBoosting({ trees: 1, rate: 0.1, leafRows: 1, l2: 0 }, unweighted);
    one.fit(STEP, 1, STEP_ATTACK);
    // Log odds 0 before; below a border three of four are ordinary: gradient 4·½ − 1 = 1, hessian 4·¼ = 1: −0.1·1/1.
    const [low, high] = one.score(matrixOf([[0], [1]]));
    expect(low).toBeCloseTo(-0.1, 9);
    expect(high).toBeCloseTo(0.1, 9);
    const two = new GradientBoosting({ trees: 2, rate: 0.1, leafRows: 1, l2: 0 }, unweighted);
    two.fit(STEP, 1, STEP_ATTACK);
    const p = 1 / (1 + Math.exp(0.1));
    const next = -0.1 - (0.1 * (4 * p - 1)) / (4 * p * (1 - p));
    expect(two.score(matrixOf([[0], [1]]))[0]).toBeCloseTo(next, 9);
  });

  it('begins with the log odds of the classes, as they are weighted', () => {
    const attack = Uint8Array.from([0, 0, 0, 0, 0, 0, 0, 1]);
    const alike = matrixOf(Array.from({ length: 8 }, () => [1]));
    const plain = new GradientBoosting({ trees: 1 }, unweighted);
    plain.fit(alike, 1, attack);
    expect(plain.score(matrixOf([[1]]))[0]).toBeCloseTo(Math.log(1 / 7), 9);
    const balanced = new GradientBoosting({ trees: 1 });
    balanced.fit(alike, 1, attack);
    expect(balanced.score(matrixOf([[1]]))[0]).toBeCloseTo(0, 9);
  });

  it('learns what no single column says, and what a forest knows too', () => {
    const scores = boosted.score(test.matrix);
    expect(rocAuc(stepsOf(scores, test.attack))).toBeGreaterThan(0.995);
    const forest = new RandomForest({ trees: 60 });
    forest.fit(train.matrix, 1, train.attack);
    expect(rocAuc(stepsOf(forest.score(test.matrix), test.attack))).toBeGreaterThan(0.99);
  });

  it('is the same for the same seed, and another for another where it draws', () => {
    const scores = (seed: number, rows: number): number[] => {
      const again = new GradientBoosting({ trees: 10, rows, columns: rows });
      again.fit(train.matrix, seed, train.attack);
      return [...again.score(test.matrix)];
    };
    expect(scores(1, 0.5)).toEqual(scores(1, 0.5));
    expect(scores(1, 0.5)).not.toEqual(scores(2, 0.5));
    expect(scores(1, 1)).toEqual(scores(2, 1));
  });

  it('still learns where each tree looks at a part of the rows and columns', () => {
    const part = new GradientBoosting({ trees: 80, rows: 0.5, columns: 0.75 });
    part.fit(train.matrix, 1, train.attack);
    expect(rocAuc(stepsOf(part.score(test.matrix), test.attack))).toBeGreaterThan(0.98);
  });

  it('is explained by parts that sum to the score; columns that say nothing have the least', () => {
    for (let r = 0; r < 20; r++) {
      const { base, score, contributions } = boosted.explain(test.matrix.data.subarray(r * 4, r * 4 + 4));
      expect(Math.abs(base + contributions.reduce((a, b) => a + b, 0) - score)).toBeLessThan(1e-6);
      expect(score).toBeCloseTo(boosted.score(test.matrix)[r]!, 9);
      const [a, b, c, d] = [...contributions].map(Math.abs);
      expect(a! + b!).toBeGreaterThan(c! + d!);
    }
  });

  it('keeps to its leaves, their fewest rows and its depth', () => {
    const { arrays } = fitted({ leaves: 6 });
    const [feature, cover] = [arrays['feature'] as Int32Array, arrays['cover'] as Int32Array];
    const roots = arrays['roots'] as Int32Array;
    for (const [t, root] of roots.entries()) {
      const end = roots[t + 1] ?? feature.length;
      const leaves = [...feature.subarray(root, end)].filter((column) => column < 0);
      expect(leaves.length).toBeLessThanOrEqual(6);
    }
    expect(Math.min(...cover)).toBeGreaterThanOrEqual(20);
    const stumps = fitted({ maxDepth: 1 }).arrays;
    expect((stumps['feature'] as Int32Array).length).toBeLessThanOrEqual(15);
  });

  function fitted(shape: ConstructorParameters<typeof GradientBoosting>[0]) {
    const made = new GradientBoosting({ trees: 5, ...shape });
    made.fit(train.matrix, 1, train.attack);
    return made.save();
  }

  it('needs labels', () => {
    expect(() => new GradientBoosting().fit(train.matrix, 1)).toThrow(RangeError);
  });
});

import { describe, expect, it } from 'vitest';
import {
  averagePrecision,
  confusionAt,
  recallAtFpr,
  recallByKind,
  rocAuc,
  stepsOf,
  thresholdFor,
  wilson,
} from '../../../src-main/detect/lab/metrics.ts';

const steps = (scores: number[], labels: number[]) => stepsOf(Float64Array.from(scores), Uint8Array.from(labels));

describe('area under the ROC curve', () => {
  it('is the share of pairs in the right order', () => {
    // Attacks 0.8 and 0.35 against ordinary 0.4 and 0.1: three of four pairs.
    expect(rocAuc(steps([0.1, 0.4, 0.35, 0.8], [0, 0, 1, 1]))).toBe(0.75);
  });

  it('counts a tie as half', () => {
    expect(rocAuc(steps([1, 1, 1, 1], [0, 1, 0, 1]))).toBe(0.5);
    // Pairs: (2 against 1) right, (2 against 2) half, (1 against 1) half, (1 against 2) wrong.
    expect(rocAuc(steps([2, 1, 1, 2], [1, 1, 0, 0]))).toBe(0.5);
    expect(rocAuc(steps([3, 1, 1, 2], [1, 1, 0, 0]))).toBe(0.625);
  });

  it('equals counting all pairs on many rows with ties', () => {
    const scores = Array.from({ length: 200 }, (_, i) => (i * 37) % 11);
    const labels = Array.from({ length: 200 }, (_, i) => ((i * 13) % 3 === 0 ? 1 : 0));
    let [won, pairs] = [0, 0];
    for (let a = 0; a < 200; a++) {
      for (let b = 0; b < 200; b++) {
        if (labels[a] !== 1 || labels[b] !== 0) continue;
        pairs++;
        won += scores[a]! > scores[b]! ? 1 : scores[a] === scores[b] ? 0.5 : 0;
      }
    }
    expect(rocAuc(steps(scores, labels))).toBeCloseTo(won / pairs, 12);
  });
});

it('takes average precision over distinct scores', () => {
  // 0.8 attack: precision 1, recall 1/2; 0.4 ordinary; 0.35 attack: precision 2/3.
  expect(averagePrecision(steps([0.1, 0.4, 0.35, 0.8], [0, 0, 1, 1]))).toBeCloseTo(0.5 + 0.5 * (2 / 3), 12);
  // All tied: one step of precision 1/4.
  expect(averagePrecision(steps([1, 1, 1, 1], [0, 0, 0, 1]))).toBe(0.25);
});

describe('recall at a false-positive rate', () => {
  const made = steps([9, 8, 7, 6, 5, 4, 3], [1, 0, 1, 1, 0, 0, 1]);

  it('takes the best threshold within the rate and interpolates nothing', () => {
    expect(recallAtFpr(made, 0)).toBe(0.25);
    expect(recallAtFpr(made, 0.3)).toBe(0.25);
    expect(recallAtFpr(made, 1 / 3)).toBe(0.75);
    expect(recallAtFpr(made, 0.99)).toBe(0.75);
    expect(recallAtFpr(made, 1)).toBe(1);
  });

  it('does not part rows that are tied', () => {
    expect(recallAtFpr(steps([5, 5, 5, 1], [1, 1, 0, 0]), 0.4)).toBe(0);
    expect(recallAtFpr(steps([5, 5, 5, 1], [1, 1, 0, 0]), 0.5)).toBe(1);
  });
});

describe('threshold', () => {
  it('lets at most the share through, on the scores it was set on', () => {
    const scores = Float64Array.from({ length: 100 }, (_, i) => i);
    expect(thresholdFor(scores, 0.05)).toBe(95);
    expect(scores.filter((x) => x >= thresholdFor(scores, 0.05)).length).toBe(5);
    expect(thresholdFor(Float64Array.of(1, 1, 1, 0), 0.5)).toBeGreaterThan(1);
    expect(thresholdFor(Float64Array.of(2, 1, 1, 0), 0.5)).toBe(2);
  });

  it('gives the confusion matrix and what follows from it', () => {
    const found = confusionAt(Float64Array.of(3, 2, 1, 3, 0), Uint8Array.of(1, 1, 1, 0, 0), 2);
    expect(found).toMatchObject({ value: 2, tp: 2, fn: 1, fp: 1, tn: 1, fpr: 0.5, accuracy: 0.6 });
    expect(found.recall).toBeCloseTo(2 / 3, 12);
    expect(found.precision).toBeCloseTo(2 / 3, 12);
    expect(found.f1).toBeCloseTo(2 / 3, 12);
  });
});

it('counts recall for each kind of attack, the most frequent first', () => {
  const scores = Float64Array.of(5, 1, 5, 5, 0);
  const kinds = ['normal', 'scan', 'flood', 'unused'];
  expect(recallByKind(scores, Uint8Array.of(1, 1, 1, 0, 0), Int32Array.of(1, 1, 2, 0, 0), kinds, 5)).toEqual([
    { kind: 'scan', support: 2, recall: 0.5 },
    { kind: 'flood', support: 1, recall: 1 },
  ]);
});

it('knows how little 8 of 8 says', () => {
  const [low, high] = wilson(1, 8);
  expect(low).toBeCloseTo(0.6756, 4);
  expect(high).toBeCloseTo(1, 12);
  expect(wilson(0, 0)).toEqual([0, 1]);
});

it('refuses scores that are not numbers', () => {
  expect(() => steps([NaN, 1], [0, 1])).toThrow(RangeError);
  expect(() => steps([1], [0, 1])).toThrow(RangeError);
});

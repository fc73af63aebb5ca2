import { describe, expect, it } from 'vitest';
import { divideForJudging, isNoWorse } from '../../../src-main/detect/lab/successor.ts';

describe('a model that was learned anew', () => {
  const now = { separation: 0.95, alarms: 0.012 };

  it.each([
    ['the same', now, true],
    ['better', { separation: 0.97, alarms: 0.008 }, true],
    ['within the noise', { separation: 0.941, alarms: 0.0165 }, true],
    ['telling less apart', { separation: 0.939, alarms: 0.01 }, false],
    ['with more alarms', { separation: 0.99, alarms: 0.018 }, false],
    ['not a number', { separation: NaN, alarms: 0.01 }, false],
  ])('%s', (_, next, taken) => {
    expect(isNoWorse(next, now)).toBe(taken);
  });

  it('may give as many alarms as it should where the one before gave none', () => {
    expect(isNoWorse({ separation: 0.95, alarms: 0.014 }, { separation: 0.95, alarms: 0 })).toBe(true);
  });

  it('is judged by a fifth of the rows, which it does not learn from; the same by seed', () => {
    const matrix = { features: ['a', 'b'], rows: 100, data: Float32Array.from({ length: 200 }, (_, i) => i) };
    const { learn, judge } = divideForJudging(matrix, 7);
    expect([learn.rows, judge.rows]).toEqual([80, 20]);
    const firsts = [...learn.data, ...judge.data].filter((_, i) => i % 2 === 0).sort((a, b) => a - b);
    expect(firsts).toEqual(Array.from({ length: 100 }, (_, i) => 2 * i));
    expect(divideForJudging(matrix, 7).judge.data).toEqual(judge.data);
    expect(divideForJudging(matrix, 8).judge.data).not.toEqual(judge.data);
  });
});

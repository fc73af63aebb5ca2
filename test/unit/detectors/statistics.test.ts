import { describe, expect, it } from 'vitest';
import { IqrFences } from '../../../src-main/detect/detectors/statistics/iqr-fences.ts';
import { MeanZ2 } from '../../../src-main/detect/detectors/statistics/mean-z2.ts';
import { MedianMad } from '../../../src-main/detect/detectors/statistics/median-mad.ts';
import { randomSource } from '../../../src-main/detect/features/random.ts';
import type { FeatureMatrix } from '../../../src-main/detect/types.ts';

/** Normal numbers by the sum of twelve uniform ones. */
function normalRows(rows: number, width: number, seed: number): FeatureMatrix {
  const random = randomSource(seed);
  const normal = (): number => Array.from({ length: 12 }, random).reduce((a, b) => a + b, -6);
  const features = Array.from({ length: width }, (_, i) => `f${i}`);
  return { features, rows, data: Float32Array.from({ length: rows * width }, normal) };
}

const DETECTORS = [MeanZ2, MedianMad, IqrFences] as const;
const WIDTH = 7;

describe.each(DETECTORS.map((make) => [new make().id, make] as const))('%s', (_id, make) => {
  const training = normalRows(2000, WIDTH, 1);
  const calibration = normalRows(1000, WIDTH, 2);

  it('is learning before it is fitted and insufficient with too few rows; neither is a score', () => {
    const detector = new make();
    expect(detector.score(training).status).toBe('learning');
    detector.fitNow(normalRows(10, WIDTH, 3), calibration);
    expect(detector.score(training).status).toBe('insufficient');
  });

  it('scores ordinary rows evenly and far rows near 1', () => {
    const detector = new make();
    detector.fitNow(training, calibration);
    const { status, scores } = detector.score(normalRows(2000, WIDTH, 4));
    expect(status).toBe('scored');
    const beyond = scores.filter((s) => s > 0.9).length / 2000;
    // Inside all fences is one score for most rows: that detector can only be careful.
    expect(beyond).toBeGreaterThan(detector instanceof IqrFences ? 0.02 : 0.06);
    expect(beyond).toBeLessThan(0.14);
    const far = { features: training.features, rows: 1, data: new Float32Array(WIDTH).fill(8) };
    expect(detector.score(far).scores[0]).toBeGreaterThan(0.999);
  });

  it('explains a score by parts that sum to it, and to what the rows were scored by', () => {
    const detector = new make();
    detector.fitNow(training, calibration);
    const rows = normalRows(50, WIDTH, 5);
    rows.data[3 * WIDTH + 2] = 20;
    const raw = new Float64Array(50);
    detector.raw(rows.data, 50, raw);
    for (let r = 0; r < 50; r++) {
      const { base, score, contributions } = detector.explain(rows, r);
      const sum = contributions.reduce((a, b) => a + b, 0);
      expect(Math.abs(score - base - sum)).toBeLessThan(1e-9);
      expect(Math.abs(score - raw[r]!)).toBeLessThan(1e-4 * Math.max(1, score));
    }
    const odd = detector.explain(rows, 3).contributions;
    expect(odd.indexOf(Math.max(...odd))).toBe(2);
  });

  it('does not depend on how rows are grouped', () => {
    const detector = new make();
    detector.fitNow(training, calibration);
    const rows = normalRows(700, WIDTH, 6);
    const [all, one] = [new Float64Array(700), new Float64Array(1)];
    detector.raw(rows.data, 700, all);
    for (const r of [0, 1, 255, 256, 257, 699]) {
      detector.raw(rows.data.subarray(r * WIDTH, (r + 1) * WIDTH), 1, one);
      expect(one[0]).toBe(all[r]);
    }
  });

  it('gives the same scores after snapshot and restore', () => {
    const detector = new make();
    detector.fitNow(training, calibration);
    const again = new make();
    again.restore(structuredClone(detector.snapshot()), training.features);
    const rows = normalRows(200, WIDTH, 7);
    expect(again.score(rows)).toEqual(detector.score(rows));
  });
});

describe('what each statistic computes', () => {
  const column = (...values: number[]): FeatureMatrix => ({
    features: ['f'],
    rows: values.length,
    data: Float32Array.from(values),
  });
  const training = column(...Array.from({ length: 101 }, (_, i) => i));
  const rawOf = (detector: MeanZ2 | MedianMad | IqrFences, x: number): number => {
    detector.fitNow(training, training);
    const out = new Float64Array(1);
    detector.raw(Float32Array.of(x), 1, out);
    return out[0]!;
  };

  it('mean z²: squared standard deviations from the mean', () => {
    // 0…100: mean 50, variance 850.
    expect(rawOf(new MeanZ2(), 80)).toBeCloseTo(900 / 850, 5);
  });

  it('median/MAD: robust deviations from the median', () => {
    // Median 50, median absolute deviation 25.
    expect(rawOf(new MedianMad(), 80)).toBeCloseTo(30 / (25 * 1.4826), 5);
  });

  it('fences: nothing within, interquartile ranges beyond', () => {
    // Quartiles 25 and 75: fences at −50 and 150.
    expect(rawOf(new IqrFences(), 149)).toBe(0);
    expect(rawOf(new IqrFences(), 200)).toBeCloseTo(1, 5);
    expect(rawOf(new IqrFences(), -100)).toBeCloseTo(1, 5);
  });
});

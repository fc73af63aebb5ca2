import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { calibrate, scoreOf } from '../../../src-main/detect/detectors/calibration.ts';

describe('calibration', () => {
  it('gives the conformal tail probability of the rows held back', () => {
    const table = calibrate(Array.from({ length: 99 }, (_, i) => i + 1));
    // 10 of 99 rows are at least 90: p = 11 / 100.
    expect(table.at(90)).toBeCloseTo(-Math.log10(0.11), 9);
    expect(table.at(99)).toBeCloseTo(-Math.log10(0.02), 9);
    expect(table.at(1)).toBe(0);
    expect(table.at(-5)).toBe(0);
  });

  it('means the same for every detector: 1 % of ordinary rows are beyond 0.99', () => {
    for (const shape of [
      (x: number): number => x,
      (x: number): number => x ** 5,
      (x: number): number => Math.log(x + 1e-9),
    ]) {
      const rows = Array.from({ length: 20_000 }, (_, i) => shape(((i * 7919) % 20_011) / 20_011));
      const table = calibrate(rows);
      const beyond = rows.filter((x) => scoreOf(table.at(x)) >= 0.99).length / rows.length;
      expect(beyond).toBeGreaterThan(0.009);
      expect(beyond).toBeLessThanOrEqual(0.011);
    }
  });

  it('of scores that are mostly 0 calls 0 ordinary', () => {
    const table = calibrate([...Array.from({ length: 90 }, () => 0), 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(table.at(0)).toBe(0);
    expect(scoreOf(0)).toBe(0);
    expect(table.at(9)).toBeCloseTo(-Math.log10(0.02), 9);
  });

  it('of a mean of surprises goes on by the excess itself', () => {
    const table = calibrate([0.5, 1, 1.5, 2], 'surprise');
    expect(table.at(5)).toBeCloseTo(table.at(2) + 3, 9);
  });

  it('never falls, whatever the rows, and rises beyond the greatest without bound', () => {
    const finite = fc.integer({ min: -1e9, max: 1e9 }).map((n) => n / 997);
    fc.assert(
      fc.property(
        fc.array(finite, { minLength: 1, maxLength: 400 }),
        fc.array(finite, { maxLength: 60 }),
        (rows, asked) => {
          const table = calibrate(rows);
          const top = Math.max(...rows);
          const points = [...asked, ...rows, top + 1e7].sort((a, b) => a - b);
          const values = points.map((x) => table.at(x));
          for (let i = 1; i < values.length; i++) expect(values[i]!).toBeGreaterThanOrEqual(values[i - 1]! - 1e-12);
          expect(table.at(top)).toBeLessThan(values[values.length - 1]!);
          expect(values.every((x) => Number.isFinite(x) && x >= 0)).toBe(true);
        },
      ),
      { numRuns: 200 },
    );
  });
});

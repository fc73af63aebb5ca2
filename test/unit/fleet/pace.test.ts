import { expect, it } from 'vitest';
import { Pace } from '../../../src-main/run/fleet/transport/pace.ts';

it('waits ever longer between tries, and begins anew once a connection held', () => {
  let now = 0;
  const pace = new Pace(() => now);
  const waits = (count: number): number[] => Array.from({ length: count }, () => pace.next());
  const between = (ms: number, least: number): void => {
    expect(ms).toBeGreaterThanOrEqual(least);
    expect(ms).toBeLessThanOrEqual(least * 1.25);
  };
  waits(8).forEach((ms, i) => between(ms, [50, 100, 200, 400, 800, 1600, 2000, 2000][i]!));
  pace.up();
  now += 4999;
  between(pace.next(), 2000);
  expect(pace.isFirst).toBe(false);
  pace.up();
  now += 5000;
  between(pace.next(), 50);
  expect(pace.isFirst).toBe(true);
});

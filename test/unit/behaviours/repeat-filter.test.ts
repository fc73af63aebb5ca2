import { describe, expect, it } from 'vitest';
import { REPEATS, RepeatFilter, SLOTS } from '../../../src-main/detect/behaviours/common/repeat-filter.ts';

describe('the filter of contacts that come back', () => {
  it('tells of the fourth contact, with the times and flows of all four, and of every one after it', () => {
    const filter = new RepeatFilter(0.5);
    const seen = [0, 10, 20, 30, 40].map((at, i) => filter.see(1, 2, 443, 6, at, 100 + i));
    expect(seen).toEqual([0, 0, 0, 1, 2]);
    const again = new RepeatFilter(0.5);
    for (let i = 0; i < REPEATS; i++) again.see(1, 2, 443, 6, i * 10, 100 + i);
    expect(again.history(1, 2, 443, 6)).toEqual({ times: [0, 10, 20, 30], flows: [100, 101, 102, 103] });
  });

  it('takes contacts close together for one, and keeps ports and protocols apart', () => {
    const filter = new RepeatFilter(0.5);
    expect([0, 0.1, 0.2, 0.3, 0.4].map((at, i) => filter.see(1, 2, 443, 6, at, i))).toEqual([0, 0, 0, 0, 0]);
    expect([1, 2, 3].map((at, i) => filter.see(1, 2, 444, 6, at, i))).toEqual([0, 0, 0]);
    expect(filter.isPromoted(1, 2, 443, 6)).toBe(false);
  });

  it('still notices one schedule among hundreds of thousands of contacts that never come back', () => {
    const filter = new RepeatFilter(0.5);
    const told: number[] = [];
    for (let i = 0; i < 400_000; i++) {
      filter.see(1000 + i, 5, 80, 6, i / 1000, i);
      if (i % 20_000 === 0) told.push(filter.see(1, 2, 4444, 6, i / 1000, i));
    }
    expect(told.filter((one) => one > 0).length).toBeGreaterThan(0);
    expect(SLOTS).toBe(32_768);
  });
});

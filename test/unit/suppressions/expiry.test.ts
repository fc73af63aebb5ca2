import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Desk } from '../../../src-main/run/api/desk.ts';
import { watchExpiry } from '../../../src-main/run/api/expiry.ts';

const EVERY = 15_000;

describe('suppressions that expire while the program runs', () => {
  let ends: (number | null)[];
  let refreshed: number[];
  let stop: () => void;

  beforeEach(() => {
    vi.useFakeTimers({ now: 0 });
    refreshed = [];
    const list = () =>
      ends.map((expiresAt, id) => ({
        id,
        expiresAt,
        state: expiresAt !== null && expiresAt <= Date.now() ? 'expired' : 'active',
      }));
    const desk = {
      readers: { ask: () => Promise.resolve(list()) },
      now: () => Date.now(),
      refreshSuppressions: () => Promise.resolve(void refreshed.push(Date.now())),
    };
    stop = watchExpiry(desk as unknown as Pick<Desk, 'readers' | 'now' | 'refreshSuppressions'>, EVERY);
  });
  afterEach(() => {
    stop();
    vi.useRealTimers();
  });

  it('let what they silenced be heard at the moment they end', async () => {
    ends = [null, 4321, 100_000];
    await vi.advanceTimersByTimeAsync(4320);
    expect(refreshed).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(refreshed).toEqual([4321]);
    await vi.advanceTimersByTimeAsync(200_000);
    expect(refreshed).toEqual([4321, 100_000]);
  });

  it('are seen also where they came meanwhile, and even ended', async () => {
    ends = [];
    await vi.advanceTimersByTimeAsync(100);
    ends = [EVERY + 7];
    await vi.advanceTimersByTimeAsync(EVERY);
    expect(refreshed.at(-1)).toBe(EVERY + 7);
    ends = [EVERY + 7, EVERY + 200];
    await vi.advanceTimersByTimeAsync(EVERY);
    expect(refreshed.at(-1)).toBe(2 * EVERY + 7);
  });

  it('are looked at no more once it has ended', async () => {
    ends = [500];
    await vi.advanceTimersByTimeAsync(100);
    stop();
    await vi.advanceTimersByTimeAsync(EVERY * 4);
    expect(refreshed).toEqual([]);
    expect(vi.getTimerCount()).toBe(0);
  });
});

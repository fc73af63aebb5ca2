import { describe, expect, it } from 'vitest';
import { formatDuration, formatNanoseconds, formatTime } from '../../../src-shared/domain/time.ts';

describe('times', () => {
  it('are shown to the nanosecond', () => {
    expect(formatTime(1_700_000_000, 1)).toBe('2023-11-14T22:13:20.000000001Z');
    expect(formatTime(0, 999_999_999)).toBe('1970-01-01T00:00:00.999999999Z');
  });

  it('before 1970 and far away are still times', () => {
    expect(formatTime(-1, 5)).toBe('1969-12-31T23:59:59.000000005Z');
    expect(formatTime(1e18, 0)).toBe('+275760-09-13T00:00:00.000000000Z');
  });

  it('are exact as nanoseconds', () => {
    expect(formatNanoseconds(1_700_000_000, 123_456_789)).toBe('1700000000123456789');
    expect(formatNanoseconds(-1, 1)).toBe('-999999999');
  });
});

describe('durations', () => {
  it.each([
    [0.0000005, '1 µs'],
    [0.011, '11 ms'],
    [1.25, '1.3 s'],
    [59, '59 s'],
    [150, '2.5 min'],
    [7200, '2.0 h'],
    [900_000, '10 d'],
  ])('%d s is %s', (seconds, text) => {
    expect(formatDuration(seconds)).toBe(text);
  });
});

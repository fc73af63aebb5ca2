import { describe, expect, it } from 'vitest';
import { AlarmRate } from '../../../src-main/run/pipeline/live/baseline/alarm-rate.ts';

/** Hours with so many flows and alarms each, one after the other; what is said at the end of each. */
function hours(...counts: [flows: number, alarms: number][]): (number | null)[] {
  const rate = new AlarmRate();
  expect(rate.drifted(0)).toBeNull();
  return counts.map(([flows, alarms], hour) => {
    rate.add(flows, alarms);
    expect(rate.drifted(hour * 3600 + 3599)).toBeNull();
    return rate.drifted(hour * 3600 + 3600);
  });
}

describe('the rate of false alarms of a baseline', () => {
  it('has drifted when two hours in a row have far more than one in a thousand', () => {
    expect(hours([2000, 40], [2000, 50])).toEqual([null, 0.025]);
  });

  it('has not when one hour is odd, or there are a few more than there may be', () => {
    expect(hours([2000, 40], [2000, 2], [2000, 40], [2000, 2])).toEqual([null, null, null, null]);
    expect(hours([2000, 8], [2000, 8], [2000, 8])).toEqual([null, null, null]);
  });

  it('is judged by hours with enough flows only, which the others do not part', () => {
    expect(hours([999, 999], [999, 999])).toEqual([null, null]);
    expect(hours([2000, 40], [10, 0], [2000, 40])).toEqual([null, null, 0.02]);
  });

  it('is judged alike in networks of a million flows an hour', () => {
    expect(hours([1e6, 3200], [1e6, 3200])).toEqual([null, null]);
    expect(hours([1e6, 3400], [1e6, 3400])).toEqual([null, 0.0034]);
  });

  it('begins anew with another model', () => {
    const rate = new AlarmRate();
    rate.drifted(0);
    rate.add(2000, 100);
    expect(rate.drifted(3600)).toBeNull();
    rate.reset();
    rate.add(2000, 100);
    expect(rate.drifted(3700)).toBeNull();
    rate.add(2000, 100);
    expect(rate.drifted(7300)).toBeNull();
    rate.add(2000, 100);
    expect(rate.drifted(10_900)).toBe(0.05);
  });
});

import { describe, expect, it } from 'vitest';
import { incidentNumber, trimmed } from '../../../src-main/keep/alerts/make.ts';
import { incident } from './made.ts';

describe('the number of an incident in an alert', () => {
  it('is its own, made from the uid: places in reports repeat', () => {
    expect(incidentNumber({ uid: '0'.repeat(32), id: 7 })).toBe(1);
    expect(incidentNumber({ uid: 'f'.repeat(32), id: 7 })).toBe(2 ** 48);
    expect(Number.isSafeInteger(incidentNumber({ uid: 'f'.repeat(32), id: 7 }))).toBe(true);
    const [one, other] = ['a', 'b'].map((digit) => trimmed(incident({ id: 1, uid: digit.repeat(32) })).id);
    expect(one).not.toBe(other);
  });

  it('is the place where a uid is none of ours', () => {
    expect(incidentNumber({ uid: 'nobody', id: 7 })).toBe(7);
  });
});

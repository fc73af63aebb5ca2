import { describe, expect, it } from 'vitest';
import { Profile } from '../../../src-main/detect/devices/profile.ts';

const MINUTE = 60;

describe('a profile', () => {
  it('counts after half an hour with five places at most', () => {
    const profile = new Profile(0);
    for (let i = 0; i < 5; i++) profile.note(`place${i}.example`, 443, i);
    expect([profile.isSettled(29 * MINUTE), profile.isSettled(30 * MINUTE)]).toEqual([false, true]);
    profile.note('sixth.example', 443, 29 * MINUTE);
    expect(profile.isSettled(30 * MINUTE)).toBe(false);
  });

  it('stays what it was when it counted, whatever comes later', () => {
    const profile = new Profile(0);
    profile.note('cloud.example', 443, 5);
    for (let i = 0; i < 30; i++) profile.note(`192.168.1.${i}`, 23, 40 * MINUTE);
    expect([profile.usualPeers, profile.peers, profile.isSettled(41 * MINUTE)]).toEqual([1, 31, true]);
    expect([profile.isUsual('cloud.example', 443), profile.isUsual('192.168.1.7', 23)]).toEqual([true, false]);
    expect(profile.isCalm).toBe(false);
  });

  it('tells the ports of a place apart, and what began in the first ten minutes from what came later', () => {
    const profile = new Profile(0);
    profile.note('cloud.example', 443, 9 * MINUTE);
    profile.note('cloud.example', 8443, 11 * MINUTE);
    expect([443, 8443, 22].map((port) => profile.isHabit('cloud.example', port))).toEqual([true, false, false]);
  });

  it('is narrow with few places of which one is called on a schedule', () => {
    const [timed, free] = [new Profile(0), new Profile(0)];
    for (let i = 0; i < 10; i++) {
      timed.note('cloud.example', 443, i * 60 + (i % 3));
      free.note('cloud.example', 443, i * i * 60);
    }
    expect([timed.isNarrow, free.isNarrow]).toEqual([true, false]);
    for (let i = 0; i < 5; i++) timed.note(`place${i}.example`, 443, 700 + i);
    expect(timed.isNarrow).toBe(false);
  });

  it('forgets its places once they are more than any device made for one task has', () => {
    const profile = new Profile(0);
    for (let i = 0; i < 100_000; i++) profile.note(`198.51.${i >>> 8}.${i & 255}`, 80, i / 1000);
    expect([profile.isWide, profile.peers, profile.isCalm]).toEqual([true, 41, false]);
    expect([profile.isSettled(31 * MINUTE), profile.isHabit('198.51.0.0', 80)]).toEqual([false, false]);
  });
});

import { describe, expect, it } from 'vitest';
import { DEFAULT_ALERT_POLICY } from '../../../src-shared/contract/topics/alerts.ts';
import { Ceiling, isCollected, isDigestDue, StormControl } from '../../../src-main/keep/alerts/policy.ts';
import { incident } from './made.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const NOON = Date.UTC(2026, 10, 22, 12);

describe('storm control', () => {
  const small = incident({ severity: 'info' });
  const grown = incident({ severity: 'critical' });

  it('tells of an incident when it opens, when it worsens, and again after the quiet time while it goes on', () => {
    const storm = new StormControl();
    const decide = (what: typeof small, state: 'open' | 'update' | 'closed', minute: number): string | null =>
      storm.decide('hook', what, state, NOON + minute * MINUTE, 60);
    expect(decide(small, 'open', 0)).toBe('opened');
    expect(decide(small, 'update', 1)).toBeNull();
    expect(decide(grown, 'update', 2)).toBe('worsened');
    expect(decide(grown, 'update', 61)).toBeNull();
    expect(decide(grown, 'update', 62)).toBe('goes-on');
    expect(decide(grown, 'update', 63)).toBeNull();
  });

  it('never tells that one went on by closing, and tells nothing again where the quiet time is 0', () => {
    const storm = new StormControl();
    expect(storm.decide('hook', small, 'open', NOON, 60)).toBe('opened');
    expect(storm.decide('hook', small, 'closed', NOON + 5 * HOUR, 60)).toBeNull();
    expect(storm.decide('hook', small, 'update', NOON + 10 * HOUR, 0)).toBeNull();
  });

  it('tells what worsens as it closes, and one that is first seen closed', () => {
    const storm = new StormControl();
    expect(storm.decide('hook', small, 'closed', NOON, 60)).toBe('opened');
    expect(storm.decide('hook', grown, 'closed', NOON, 60)).toBe('worsened');
  });

  it('is not fooled by a severity that goes up and down', () => {
    const storm = new StormControl();
    const told = [grown, small, grown, small, grown].map((each) => storm.decide('hook', each, 'update', NOON, 60));
    expect(told).toEqual(['opened', null, null, null, null]);
  });

  it('keeps channels and incidents apart', () => {
    const storm = new StormControl();
    expect(storm.decide('hook', small, 'open', NOON, 60)).toBe('opened');
    expect(storm.decide('mail', small, 'update', NOON, 60)).toBe('opened');
    expect(storm.decide('hook', incident({ uid: 'b' }), 'open', NOON, 60)).toBe('opened');
  });
});

describe('the ceiling of an hour', () => {
  it('lets so many through, of which a fifth is for critical ones, and begins anew after an hour', () => {
    const ceiling = new Ceiling();
    const take = (severity: 'info' | 'critical', at: number): boolean => ceiling.take('hook', severity, at, 10);
    const small = Array.from({ length: 10 }, (_, i) => take('info', NOON + i));
    expect(small.filter(Boolean)).toHaveLength(8);
    expect([take('critical', NOON), take('critical', NOON), take('critical', NOON)]).toEqual([true, true, false]);
    expect(take('info', NOON + HOUR - 1)).toBe(false);
    expect(ceiling.dueAt('hook', NOON + 8)).toBe(NOON + HOUR);
    expect(take('info', NOON + HOUR)).toBe(true);
    expect(ceiling.take('other', 'info', NOON, 1)).toBe(true);
  });

  it('does not stay shut where the clock is set back', () => {
    const ceiling = new Ceiling();
    expect(ceiling.take('hook', 'info', NOON, 1)).toBe(true);
    expect(ceiling.take('hook', 'info', NOON, 1)).toBe(false);
    expect(ceiling.take('hook', 'info', NOON - HOUR, 1)).toBe(true);
  });
});

describe('a digest', () => {
  const daily = { ...DEFAULT_ALERT_POLICY, digest: 'daily', digestHour: 8, timeZone: 'Europe/Berlin' } as const;

  it('collects what is not as severe as what it leaves out', () => {
    expect(isCollected(DEFAULT_ALERT_POLICY, 'info')).toBe(false);
    expect(isCollected(daily, 'warning')).toBe(true);
    expect(isCollected(daily, 'critical')).toBe(false);
    expect(isCollected({ ...daily, digestExcept: 'none' }, 'critical')).toBe(true);
    expect(isCollected({ ...daily, digestExcept: 'warning' }, 'warning')).toBe(false);
  });

  it('is due at its hour of the zone, and not before', () => {
    // 8:00 in Berlin is 7:00 UTC in November.
    const held = Date.UTC(2026, 10, 22, 6, 30);
    expect(isDigestDue(daily, held, Date.UTC(2026, 10, 22, 6, 59, 59))).toBe(false);
    expect(isDigestDue(daily, held, Date.UTC(2026, 10, 22, 7, 0, 0))).toBe(true);
    const later = Date.UTC(2026, 10, 22, 7, 0, 1);
    expect(isDigestDue(daily, later, Date.UTC(2026, 10, 22, 23))).toBe(false);
    expect(isDigestDue(daily, later, Date.UTC(2026, 10, 23, 7))).toBe(true);
  });

  it('is due each full hour, and at once where it was switched off', () => {
    const hourly = { ...daily, digest: 'hourly' } as const;
    const held = Date.UTC(2026, 10, 22, 6, 10);
    expect(isDigestDue(hourly, held, Date.UTC(2026, 10, 22, 6, 59, 59))).toBe(false);
    expect(isDigestDue(hourly, held, Date.UTC(2026, 10, 22, 7))).toBe(true);
    expect(isDigestDue(DEFAULT_ALERT_POLICY, held, held)).toBe(true);
  });
});

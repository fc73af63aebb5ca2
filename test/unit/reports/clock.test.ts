import { describe, expect, it } from 'vitest';
import { clockText, dayMoment, dayText, daysBetween, namedDay, sameTime } from '../../../src-shared/domain/calendar.ts';
import {
  coveredBy,
  coveredNow,
  lastDue,
  nextDue,
  type ReportTiming,
} from '../../../src-main/keep/alerts/reports/clock.ts';
import { BERLIN } from './history.ts';

const at = (text: string): number => Date.parse(text);
const iso = (moment: number): string => new Date(moment).toISOString().replace('.000Z', 'Z');
const HOUR = 3_600_000;

const daily = (hour: number, timeZone = BERLIN): ReportTiming => ({ every: 'day', weekday: 1, hour, timeZone });
const weekly = (weekday: number, hour = 7, timeZone = BERLIN): ReportTiming => ({
  every: 'week',
  weekday,
  hour,
  timeZone,
});

describe('a calendar', () => {
  it('knows days of 23 and 25 hours', () => {
    const spring = namedDay(BERLIN, '2026-03-29')!;
    expect((dayMoment(BERLIN, spring, 1) - spring) / HOUR).toBe(23);
    const autumn = namedDay(BERLIN, '2026-10-25')!;
    expect((dayMoment(BERLIN, autumn, 1) - autumn) / HOUR).toBe(25);
    expect(iso(sameTime(BERLIN, at('2026-10-24T06:00:00Z'), 1))).toBe('2026-10-25T07:00:00Z');
  });

  it('begins a day where the clock has no midnight, and passes over a day that there was not', () => {
    // Beirut puts its clock forward at midnight.
    expect(iso(namedDay('Asia/Beirut', '2026-03-29')!)).toBe('2026-03-28T22:00:00Z');
    expect(clockText('Asia/Beirut', at('2026-03-28T22:00:00Z'))).toBe('2026-03-29 01:00:00 +03:00');
    // Samoa left out 30 December 2011.
    const days = daysBetween('Pacific/Apia', at('2011-12-29T12:00:00Z'), at('2012-01-01T12:00:00Z'));
    expect(days.map((day) => dayText('Pacific/Apia', day))).toEqual([
      'Thu 29 Dec 2011',
      'Sat 31 Dec 2011',
      'Sun 1 Jan 2012',
      'Mon 2 Jan 2012',
    ]);
  });

  it.each(['UTC', 'Pacific/Kiritimati', 'Pacific/Pago_Pago'])('takes no day at an end of all years in %s', (zone) => {
    for (const day of ['0000-01-01', '0001-01-01', '0999-12-31', '9999-12-31']) expect(namedDay(zone, day)).toBeNull();
    for (const day of ['1900-01-01', '9989-12-31']) expect(namedDay(zone, day, 1)).toBeTypeOf('number');
  });

  it('takes no day that there is not', () => {
    for (const text of ['2026-02-30', '2026-13-01', '26-01-01', 'today', '']) expect(namedDay(BERLIN, text)).toBeNull();
    expect(() => namedDay('Mars/Olympus', '2026-01-01')).toThrow(RangeError);
  });
});

describe('the clock of scheduled reports', () => {
  it('is that of the zone: each day at seven, in winter and in summer', () => {
    expect(iso(nextDue(daily(7), at('2026-11-23T05:59:59Z')))).toBe('2026-11-23T06:00:00Z');
    expect(iso(nextDue(daily(7), at('2026-11-23T06:00:00Z')))).toBe('2026-11-24T06:00:00Z');
    expect(iso(lastDue(daily(7), at('2026-11-23T06:00:00Z')))).toBe('2026-11-23T06:00:00Z');
    expect(iso(lastDue(daily(7), at('2026-11-23T05:59:59Z')))).toBe('2026-11-22T06:00:00Z');
    expect(iso(nextDue(daily(7), at('2026-07-01T12:00:00Z')))).toBe('2026-07-02T05:00:00Z');
  });

  it.each([
    [weekly(1), '2026-11-22T12:00:00Z', '2026-11-23T06:00:00Z'],
    [weekly(1), '2026-11-23T06:00:00Z', '2026-11-30T06:00:00Z'],
    [weekly(7), '2026-11-23T06:00:00Z', '2026-11-29T06:00:00Z'],
    // In Auckland it is Monday while it is Sunday in London.
    [weekly(1, 7, 'Pacific/Auckland'), '2026-11-22T12:00:00Z', '2026-11-22T18:00:00Z'],
  ])('%o: after %s comes %s', (timing, now, next) => expect(iso(nextDue(timing, at(now)))).toBe(next));

  it('sends once when an hour comes twice, and once when it does not come', () => {
    // Two o'clock comes twice on 25 October, and not at all on 29 March.
    const autumn = nextDue(daily(2), at('2026-10-24T12:00:00Z'));
    expect(iso(autumn)).toBe('2026-10-25T00:00:00Z');
    expect(iso(nextDue(daily(2), autumn))).toBe('2026-10-26T01:00:00Z');
    expect(iso(lastDue(daily(2), at('2026-10-25T01:30:00Z')))).toBe('2026-10-25T00:00:00Z');
    const spring = nextDue(daily(2), at('2026-03-28T12:00:00Z'));
    expect(iso(spring)).toBe('2026-03-29T01:00:00Z');
    expect(iso(nextDue(daily(2), spring))).toBe('2026-03-30T00:00:00Z');
  });

  it.each([0, 2, 3, 23])('is due once on every day of a year, at %i', (hour) => {
    const found: number[] = [];
    for (let now = at('2026-01-01T00:00:00Z'); found.length < 365; now = found.at(-1)!)
      found.push(nextDue(daily(hour), now));
    expect(new Set(found.map((due) => dayText(BERLIN, due))).size).toBe(365);
    for (const due of found) expect(lastDue(daily(hour), due)).toBe(due);
  });

  it('tells of the day before, also of one with 25 hours', () => {
    const due = at('2026-10-26T06:00:00Z');
    const { from, to } = coveredBy(daily(7), due, null);
    expect([iso(from), iso(to)]).toEqual(['2026-10-24T22:00:00Z', '2026-10-25T23:00:00Z']);
    expect(coveredBy(daily(7), due, from)).toEqual({ from, to });
  });

  it('tells of the seven days before, whatever the weekday', () => {
    const monday = coveredBy(weekly(1), at('2026-11-23T06:00:00Z'), null);
    expect([iso(monday.from), iso(monday.to)]).toEqual(['2026-11-15T23:00:00Z', '2026-11-22T23:00:00Z']);
    const sunday = coveredBy(weekly(7), at('2026-11-22T06:00:00Z'), null);
    expect([iso(sunday.from), iso(sunday.to)]).toEqual(['2026-11-14T23:00:00Z', '2026-11-21T23:00:00Z']);
  });

  it('tells at once of all that was missed, but not of more than 31 days', () => {
    const due = at('2026-11-23T06:00:00Z');
    const missed = coveredBy(daily(7), due, at('2026-11-18T23:00:00Z'));
    expect([iso(missed.from), iso(missed.to)]).toEqual(['2026-11-18T23:00:00Z', '2026-11-22T23:00:00Z']);
    expect(iso(coveredBy(daily(7), due, at('2025-01-01T00:00:00Z')).from)).toBe('2026-10-22T22:00:00Z');
  });

  it('tells by hand of the time up to now', () => {
    const now = at('2026-11-23T10:00:00Z');
    expect(iso(coveredNow(daily(7), now).from)).toBe('2026-11-22T23:00:00Z');
    expect(iso(coveredNow(weekly(3), now).from)).toBe('2026-11-16T23:00:00Z');
    expect(coveredNow(weekly(3), now).to).toBe(now);
  });
});

import { describe, expect, it } from 'vitest';
import { dayOf, secondsByDay } from '../../../src-shared/domain/days.ts';
import {
  parseHours,
  timeOfDayFault,
  timeOfDayTest,
  timeOfDayText,
  type TimeOfDay,
} from '../../../src-shared/domain/time-of-day.ts';

const within = (time: TimeOfDay, ...moments: string[]): boolean[] => moments.map((ts) => timeOfDayTest(time)(ts));

describe('hours', () => {
  it('are from a minute to before another', () => {
    expect(
      within(
        { hours: '09:00-17:00', zone: 'UTC' },
        '2026-03-10T08:59:59.999999999Z',
        '2026-03-10T09:00:00.000000000Z',
        '2026-03-10T16:59:59.999999999Z',
        '2026-03-10T17:00:00.000000000Z',
      ),
    ).toEqual([false, true, true, false]);
  });

  it('go past midnight where they end before they begin, and may end at 24:00', () => {
    const night = { hours: '22:00-06:00', zone: 'UTC' };
    expect(
      within(
        night,
        '2026-03-10T21:59:59.000000000Z',
        '2026-03-10T22:00:00.000000000Z',
        '2026-03-11T05:59:59.000000000Z',
        '2026-03-11T06:00:00.000000000Z',
      ),
    ).toEqual([false, true, true, false]);
    for (const hours of ['22:00-24:00', '22:00-00:00']) {
      const evening = { hours, zone: 'UTC' };
      expect(within(evening, '2026-03-10T23:59:59.000000000Z', '2026-03-11T00:00:00.000000000Z')).toEqual([
        true,
        false,
      ]);
    }
  });

  it('are those of the zone, also where it is half an hour off', () => {
    const morning = { hours: '08:00-09:00', zone: 'Asia/Kolkata' };
    expect(within(morning, '2026-03-10T02:29:59.000000000Z', '2026-03-10T02:30:00.000000000Z')).toEqual([false, true]);
  });

  it('follow the clock when it is put forward and back', () => {
    const nightly = { hours: '03:00-04:00', zone: 'Europe/Berlin' };
    // 29 March 2026: 02:00 becomes 03:00 at 01:00 UTC. 25 October: 03:00 becomes 02:00 at 01:00 UTC.
    expect(
      within(
        nightly,
        '2026-03-28T02:30:00.000000000Z',
        '2026-03-29T00:59:59.000000000Z',
        '2026-03-29T01:00:00.000000000Z',
        '2026-03-29T02:30:00.000000000Z',
        '2026-03-30T01:30:00.000000000Z',
      ),
    ).toEqual([true, false, true, false, true]);
    const twice = { hours: '02:00-03:00', zone: 'Europe/Berlin' };
    expect(
      within(
        twice,
        '2026-10-25T00:30:00.000000000Z',
        '2026-10-25T01:30:00.000000000Z',
        '2026-10-25T02:00:00.000000000Z',
        '2026-03-29T00:30:00.000000000Z',
        '2026-03-29T01:30:00.000000000Z',
      ),
    ).toEqual([true, true, false, false, false]);
  });

  it('hold nothing that no date can show', () => {
    expect(within({ hours: '00:00-24:00', zone: 'UTC' }, 'nonsense', '+275760-09-13T00:00:00.000000000Z')).toEqual([
      false,
      true,
    ]);
  });
});

describe('days', () => {
  it('are those on which a time begins', () => {
    // 13 March 2026 is a Friday.
    const friday: TimeOfDay = { hours: '22:00-06:00', days: ['fri'], zone: 'UTC' };
    expect(
      within(
        friday,
        '2026-03-13T05:00:00.000000000Z',
        '2026-03-13T22:00:00.000000000Z',
        '2026-03-14T05:59:00.000000000Z',
        '2026-03-14T22:00:00.000000000Z',
      ),
    ).toEqual([false, true, true, false]);
    const sunday: TimeOfDay = { hours: '22:00-06:00', days: ['sun'], zone: 'UTC' };
    expect(within(sunday, '2026-03-16T01:00:00.000000000Z', '2026-03-15T01:00:00.000000000Z')).toEqual([true, false]);
  });

  it('alone are whole days of the zone', () => {
    const weekend: TimeOfDay = { days: ['sat', 'sun'], zone: 'America/New_York' };
    expect(
      within(
        weekend,
        '2026-03-14T03:59:59.000000000Z',
        '2026-03-14T04:00:00.000000000Z',
        '2026-03-16T03:59:59.000000000Z',
        '2026-03-16T04:00:00.000000000Z',
      ),
    ).toEqual([false, true, true, false]);
  });
});

describe('what somebody typed', () => {
  it('is refused with a reason', () => {
    expect(parseHours('22:00-06:00')).toEqual({ from: 1320, to: 360 });
    for (const hours of ['9-17', '24:00-06:00', '22:00-25:00', '22:60-23:00', '08:00-08:00', '22:00-24:01', '-'])
      expect(timeOfDayFault({ hours, zone: 'UTC' })).toContain('is not like 22:00-06:00');
    for (const zone of ['Mars/Base', '+02:00', '', '../etc'])
      expect(timeOfDayFault({ hours: '22:00-06:00', zone })).toContain('is not a time zone');
    expect(timeOfDayFault({ zone: 'UTC' })).toContain('always');
    expect(timeOfDayFault({ days: [], zone: 'UTC' })).toContain('at least one');
    expect(timeOfDayFault({ days: ['mon', 'mon'], zone: 'UTC' })).toContain('each once');
    expect(timeOfDayFault({ hours: '22:00-06:00', days: ['mon'], zone: 'Europe/Berlin' })).toBeNull();
  });

  it('reads as a sentence', () => {
    expect(timeOfDayText({ days: ['sun', 'mon'], zone: 'UTC' })).toBe('on Monday, Sunday (UTC)');
  });
});

describe('days of which there is traffic', () => {
  const at = (text: string): number => Date.parse(text) / 1000;
  const H = 3600;

  it('are cut at midnight of the zone, and what overlaps counts once', () => {
    const spans = [
      { from: at('2026-03-10T22:00Z'), to: at('2026-03-11T02:00Z') },
      { from: at('2026-03-11T01:00Z'), to: at('2026-03-11T03:00Z') },
    ];
    expect([...secondsByDay(spans, 'UTC', 9)]).toEqual([
      ['2026-03-10', 2 * H],
      ['2026-03-11', 3 * H],
    ]);
    expect([...secondsByDay(spans, 'Europe/Berlin', 9)]).toEqual([
      ['2026-03-10', 1 * H],
      ['2026-03-11', 4 * H],
    ]);
  });

  it('are as long as the clock makes them', () => {
    const week = (zone: string, from: string, to: string): unknown => [
      ...secondsByDay([{ from: at(from), to: at(to) }], zone, 9),
    ];
    expect(week('Europe/Berlin', '2026-03-27T23:00Z', '2026-03-30T22:00Z')).toEqual([
      ['2026-03-28', 24 * H],
      ['2026-03-29', 23 * H],
      ['2026-03-30', 24 * H],
    ]);
    expect(week('Europe/Berlin', '2026-10-23T22:00Z', '2026-10-26T23:00Z')).toEqual([
      ['2026-10-24', 24 * H],
      ['2026-10-25', 25 * H],
      ['2026-10-26', 24 * H],
    ]);
    // Midnight itself is left out there.
    expect(week('America/Santiago', '2026-09-05T04:00Z', '2026-09-08T03:00Z')).toEqual([
      ['2026-09-05', 24 * H],
      ['2026-09-06', 23 * H],
      ['2026-09-07', 24 * H],
    ]);
  });

  it('are the last ones, however long the time is that a capture claims', () => {
    const spans = [{ from: at('1970-01-01T00:00Z'), to: at('2106-02-07T00:00Z') }];
    const days = secondsByDay(spans, 'UTC', 3);
    expect([...days.keys()]).toEqual(['2106-02-04', '2106-02-05', '2106-02-06']);
    expect(secondsByDay([{ from: 0, to: 1e15 }], 'UTC', 3).size).toBe(0);
    expect(dayOf('UTC')(1e15)).toBe('');
  });
});

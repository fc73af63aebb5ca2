import { describe, expect, it } from 'vitest';
import { alertRoute, type AlertRoute } from '../../../src-shared/contract/topics/alerts.ts';
import { isWithin, makeRoutes } from '../../../src-main/keep/alerts/routes.ts';
import { incident } from './made.ts';

const NOON = Date.UTC(2026, 10, 22, 12);
const route = (change: Partial<AlertRoute>): AlertRoute => alertRoute.parse({ channels: ['hook'], ...change });
const goes = (routes: AlertRoute[], what = incident(), at = NOON): string[] =>
  makeRoutes(routes, ['hook', 'mail']).channelsFor(what, at);

describe('routes', () => {
  it('send everything from a warning on everywhere where there are none', () => {
    expect(goes([])).toEqual(['hook', 'mail']);
    expect(goes([], incident({ severity: 'info' }))).toEqual([]);
  });

  it('all count that fit; each channel is named once, and only those that are there', () => {
    expect(goes([route({}), route({ channels: ['mail', 'hook', 'gone'] })])).toEqual(['hook', 'mail']);
    expect(goes([route({ enabled: false })])).toEqual([]);
    expect(goes([route({ channels: [] })])).toEqual([]);
  });

  it.each<[Partial<AlertRoute>, boolean]>([
    [{ severity: 'critical' }, false],
    [{ severity: 'info' }, true],
    [{ kinds: ['port-scan'] }, true],
    [{ kinds: ['host-sweep'] }, false],
    [{ hosts: ['10.0.0.0/24'] }, true],
    [{ hosts: ['10.0.0.66'] }, true],
    [{ hosts: ['10.0.0.66'], side: 'target' }, false],
    [{ hosts: ['10.0.0.66'], side: 'source' }, true],
    [{ hosts: ['10.0.0.9'], side: 'target' }, true],
    [{ hosts: ['10.0.0.9'], side: 'source' }, false],
    [{ hosts: ['192.168.0.0/16', 'fd00::/8'] }, false],
    [{ hosts: ['::ffff:10.0.0.0/120'] }, true],
  ])('look at %j', (change, fits) => {
    expect(goes([route(change)])).toEqual(fits ? ['hook'] : []);
  });
});

describe('hours', () => {
  const office = { days: [1, 2, 3, 4, 5], from: '08:00', to: '17:30', timeZone: 'Europe/Berlin' };
  // 2026-11-20 is a Friday.
  const at = (day: number, hour: number, minute = 0): number => Date.UTC(2026, 10, day, hour, minute);

  it('are those of their zone, from the first minute to before the last', () => {
    expect(isWithin(office, at(20, 6, 59))).toBe(false);
    expect(isWithin(office, at(20, 7))).toBe(true);
    expect(isWithin(office, at(20, 16, 29))).toBe(true);
    expect(isWithin(office, at(20, 16, 30))).toBe(false);
    expect(isWithin(office, at(21, 10))).toBe(false);
  });

  it('over midnight belong to the day on which they begin', () => {
    const night = { days: [5], from: '22:00', to: '06:00', timeZone: 'UTC' };
    expect(isWithin(night, at(20, 22))).toBe(true);
    expect(isWithin(night, at(21, 5, 59))).toBe(true);
    expect(isWithin(night, at(21, 6))).toBe(false);
    expect(isWithin(night, at(20, 5))).toBe(false);
    expect(isWithin({ ...night, days: [7] }, at(23, 1))).toBe(true);
  });

  it('of which both ends are alike are whole days', () => {
    const all = { days: [6], from: '00:00', to: '00:00', timeZone: 'UTC' };
    expect([at(20, 23, 59), at(21, 0), at(21, 23, 59), at(22, 0)].map((each) => isWithin(all, each))).toEqual([
      false,
      true,
      true,
      false,
    ]);
  });

  it('follow the change to summer time', () => {
    // On 2026-03-29 Berlin goes from UTC+1 to UTC+2 at 01:00 UTC.
    const sunday = { days: [7], from: '08:00', to: '09:00', timeZone: 'Europe/Berlin' };
    expect(isWithin(sunday, Date.UTC(2026, 2, 29, 6, 30))).toBe(true);
    expect(isWithin(sunday, Date.UTC(2026, 2, 22, 7, 30))).toBe(true);
    expect(isWithin(sunday, Date.UTC(2026, 2, 29, 7, 30))).toBe(false);
  });
});

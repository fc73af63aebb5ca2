import { describe, expect, it } from 'vitest';
import {
  NEW_ROUTE,
  replaced,
  routeDraft,
  routeFaults,
  routeOf,
} from '../../../src-renderer/features/alerts/routes/draft.ts';
import { daysText, hoursText, routeText } from '../../../src-renderer/features/alerts/routes/words.ts';
import { alertRoute, type AlertRoute } from '../../../src-shared/contract/topics/alerts.ts';

const NAMES = new Map([
  ['chat', 'Telegram'],
  ['mail', 'e-mail'],
]);
const WORK = { days: [1, 2, 3, 4, 5], from: '08:00', to: '18:00', timeZone: 'system' };
const route = (part: Partial<AlertRoute>): AlertRoute => ({ ...NEW_ROUTE, channels: ['chat'], ...part });

describe('a route in words', () => {
  it.each<[Partial<AlertRoute>, string]>([
    [{}, 'Critical and warning: Telegram'],
    [
      { hosts: ['10.0.0.0/8'], hours: WORK, channels: ['chat', 'mail'] },
      'Critical and warning of 10.0.0.0/8, weekdays 8–18: Telegram, e-mail',
    ],
    [
      { severity: 'critical', kinds: ['port-scan', 'brute-force'] },
      'Critical if port scan or password guessing: Telegram',
    ],
    [{ severity: 'info', hosts: ['10.0.0.1'], side: 'source' }, 'All incidents from 10.0.0.1: Telegram'],
    [{ hosts: ['a', 'b', 'c', 'd', 'e'], side: 'target' }, 'Critical and warning to a, b, c or 2 others: Telegram'],
    [{ channels: [] }, 'Critical and warning: nowhere'],
    [{ channels: ['gone'] }, 'Critical and warning: gone'],
  ])('%j', (part, text) => {
    expect(routeText(route(part), NAMES)).toBe(text);
  });

  it('names days and hours as people do', () => {
    expect([[1, 2, 3, 4, 5, 6, 7], [6, 7], [1, 2, 3, 4], [3, 1], [7]].map(daysText)).toEqual([
      'every day',
      'weekends',
      'Mon–Thu',
      'Mon, Wed',
      'Sun',
    ]);
    expect(hoursText({ ...WORK, from: '22:00', to: '06:30' })).toBe('weekdays 22–6:30 of the next day');
    expect(hoursText({ ...WORK, from: '18:00', to: '00:00' })).toBe('weekdays 18–24');
    expect(hoursText({ ...WORK, from: '00:00', to: '00:00', timeZone: 'UTC' })).toBe('weekdays all day (UTC)');
    expect(hoursText({ ...WORK, from: '08:00', to: '08:00' })).toBe('weekdays from 8 for 24 hours');
    expect(hoursText(null)).toBe('always');
  });
});

describe('a route as it is typed', () => {
  it('comes back as it was, and as the contract takes it', () => {
    for (const one of [route({}), route({ hosts: ['10.0.0.0/8', '::1'], hours: WORK, name: 'Day' })]) {
      expect(routeOf(routeDraft(one))).toEqual(one);
      expect(alertRoute.parse(routeOf(routeDraft(one)))).toEqual(one);
    }
  });

  it('forgets hours that are switched off, and sorts days', () => {
    const draft = routeDraft(route({ hours: WORK }));
    expect(routeOf({ ...draft, timed: false }).hours).toBeNull();
    expect(routeOf({ ...draft, hours: { ...WORK, days: [5, 1] } }).hours?.days).toEqual([1, 5]);
  });

  it('says what is missing', () => {
    expect(routeFaults(routeDraft(route({ hours: WORK })))).toEqual({});
    const draft = { ...routeDraft(route({ channels: [] })), hosts: '10.0.0.0/8 nonsense', timed: true };
    expect(routeFaults({ ...draft, hours: { ...WORK, days: [], from: '' } })).toEqual({
      channels: 'Choose at least one channel.',
      hosts: 'nonsense is neither an address nor a network like 10.0.0.0/8.',
      days: 'Choose at least one day.',
      times: 'Write both times as 08:30.',
    });
    // What is switched off is not looked at.
    expect(routeFaults({ ...draft, hosts: '', timed: false, channels: ['chat'] })).toEqual({});
  });
});

describe('a change of the list of routes', () => {
  const [a, b] = [route({ name: 'a' }), route({ name: 'b' })];

  it('replaces or removes the one it began with, wherever it stands now', () => {
    expect(replaced([b, a], a, { ...a, name: 'c' })).toEqual([b, { ...a, name: 'c' }]);
    expect(replaced([a, b], a, null)).toEqual([b]);
  });

  it('is refused where somebody changed that one meanwhile', () => {
    expect(replaced([b, { ...a, enabled: false }], a, null)).toBeNull();
  });
});

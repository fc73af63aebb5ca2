import { describe, expect, it } from 'vitest';
import {
  changeOf,
  draftOf,
  faultsOf,
  newDraft,
  type Draft,
} from '../../../src-renderer/features/alerts/channels/draft.ts';
import {
  broughtInText,
  previewLines,
  silencing,
  suppressionText,
} from '../../../src-renderer/features/alerts/document/words.ts';
import { alertsAddress, alertsPlace } from '../../../src-renderer/features/alerts/place.ts';
import { exportStanding } from '../../../src-renderer/features/alerts/siem/words.ts';
import { countsText, deliveryText, standingOf, tookText } from '../../../src-renderer/features/alerts/words.ts';
import type {
  AlertChannel,
  AlertDelivery,
  ChannelKindShown,
  ChannelQueue,
} from '../../../src-shared/contract/topics/alerts.ts';
import { siemExport } from '../../../src-shared/contract/topics/siem.ts';

describe('addresses of alerts', () => {
  it.each([
    [[], { what: 'channels' }],
    [['new'], { what: 'new-channel' }],
    [['channel', 'new'], { what: 'channel', id: 'new' }],
    [['channel'], { what: 'channels' }],
    [['routes'], { what: 'routes' }],
    [['routes', 'new'], { what: 'new-route' }],
    [['routes', '2'], { what: 'route', index: 1 }],
    [['routes', '0'], { what: 'routes' }],
    [['deliveries'], { what: 'deliveries' }],
    [['elsewhere'], { what: 'channels' }],
  ])('%j', (rest, place) => {
    expect(alertsPlace(rest)).toEqual(place);
  });

  it('are written as they are read', () => {
    expect(alertsAddress(['new'], { kind: 'webhook' })).toBe('#/alerts/new?kind=webhook');
  });
});

const KIND: ChannelKindShown = {
  id: 'pigeon',
  title: 'Pigeon',
  hint: 'A letter by air.',
  fields: [
    { name: 'loft', label: 'Loft', type: 'url', required: true },
    { name: 'door', label: 'Door', type: 'port' },
    { name: 'flock', label: 'Flock', type: 'number', min: 2, max: 9, default: 3 },
    { name: 'colour', label: 'Colour', type: 'choice', default: 'grey', options: [{ value: 'grey', label: 'Grey' }] },
    { name: 'loud', label: 'Loud', type: 'switch', default: false },
    { name: 'towers', label: 'Towers', type: 'lines' },
    { name: 'word', label: 'Word', type: 'secret', required: true },
    { name: 'rings', label: 'Rings', type: 'headers' },
  ],
};

const KEPT: AlertChannel = {
  id: 'pigeon',
  name: 'Pigeon',
  kind: 'pigeon',
  enabled: true,
  settings: { loft: 'https://loft.example/', door: 8080, towers: ['north', 'south'], loud: true },
  secretsSet: ['word', 'rings'],
};

describe('a channel as it is typed', () => {
  const typed = (draft: Draft, part: Draft['values'], secrets: Draft['secrets'] = {}): Draft => ({
    ...draft,
    values: { ...draft.values, ...part },
    secrets,
  });

  it('begins with what is usual, under a name that is free', () => {
    const draft = newDraft(KIND, [KEPT, { name: 'Pigeon 2' }]);
    expect(draft.name).toBe('Pigeon 3');
    expect(draft.values).toEqual({ loft: '', door: '', flock: '3', colour: 'grey', loud: false, towers: '' });
    expect(draft.secrets).toEqual({});
  });

  it('is told to the program in the types of its fields, and without what was left empty', () => {
    const values = { loft: ' https://a.example/ ', door: '443', flock: '', towers: 'north\n \n  south', loud: true };
    const draft = { ...typed(newDraft(KIND, []), values, { word: 'coo', rings: '' }), name: ' Air mail ' };
    expect(changeOf(KIND, draft)).toEqual({
      name: 'Air mail',
      kind: 'pigeon',
      enabled: true,
      settings: { loft: 'https://a.example/', door: 443, colour: 'grey', loud: true, towers: ['north', '  south'] },
      secrets: { word: 'coo' },
      forget: [],
    });
  });

  it('keeps secrets that nobody typed anew, and tells which are to be forgotten', () => {
    const draft = { ...draftOf(KIND, KEPT), forget: ['rings'] };
    expect(draft.values).toMatchObject({ door: '8080', flock: '3', towers: 'north\nsouth' });
    expect(faultsOf(KIND, draft, KEPT.secretsSet)).toEqual({});
    expect(changeOf(KIND, draft)).toMatchObject({ secrets: {}, forget: ['rings'] });
    // Begun to be replaced, and left empty.
    expect(faultsOf(KIND, typed(draft, {}, { word: '' }), KEPT.secretsSet)).toEqual({});
    expect(changeOf(KIND, typed(draft, {}, { word: '' })).secrets).toEqual({});
  });

  it('says of each field what is wrong with it', () => {
    const values = { loft: 'loft.example', door: '70000', flock: '1' };
    expect(faultsOf(KIND, typed(newDraft(KIND, []), values, { rings: 'X: 1\nno colon' }), [])).toEqual({
      loft: 'Write a whole address, as https://example.com/path.',
      door: 'At most 65535.',
      flock: 'At least 2.',
      word: 'This is needed.',
      rings: 'Line 2 is not of the form Name: value.',
    });
    expect(faultsOf(KIND, typed(newDraft(KIND, []), { door: '8.5', flock: 'many' }), ['word'])).toEqual({
      loft: 'This is needed.',
      door: 'Write a number.',
      flock: 'Write a number.',
    });
  });

  it('misses a secret that is needed once it is to be forgotten', () => {
    const draft = { ...draftOf(KIND, KEPT), forget: ['word'] };
    expect(faultsOf(KIND, draft, KEPT.secretsSet)).toEqual({ word: 'This is needed.' });
  });
});

const QUEUE: ChannelQueue = {
  channel: 'pigeon',
  name: 'Pigeon',
  waiting: 0,
  delivered: 0,
  dead: 0,
  held: 0,
  failingSince: null,
  lastAnswer: '',
  lastAnswerAt: null,
  refused: 0,
};

describe('how a channel stands', () => {
  const stands = (queue: Partial<ChannelQueue>, enabled = true) =>
    standingOf({ enabled }, { ...QUEUE, ...queue }, 'UTC');

  it('is said in words', () => {
    expect(stands({})).toEqual({ mark: 'none', text: 'Nothing was sent yet' });
    expect(stands({ lastAnswerAt: 5 })).toEqual({ mark: 'good', text: 'Delivers' });
    expect(stands({ waiting: 1, lastAnswerAt: 5 })).toEqual({ mark: 'wait', text: '1 alert waits' });
    expect(stands({ waiting: 3, failingSince: 1000, lastAnswerAt: 5 })).toEqual({
      mark: 'bad',
      text: 'Failing since 1970-01-01 00:00:01, 3 waiting',
    });
    expect(stands({ failingSince: 1000, waiting: 2 }, false)).toEqual({ mark: 'off', text: 'Off, 2 waiting' });
    expect(standingOf({ enabled: true }, undefined, 'UTC').mark).toBe('none');
  });

  it('comes with what was counted, and nothing that is none', () => {
    expect(countsText(QUEUE)).toBe('');
    expect(countsText({ ...QUEUE, delivered: 1200, dead: 1, held: 4 })).toBe(
      '1,200 alerts delivered · 1 alert given up · 4 collected for the next digest',
    );
  });
});

describe('what became of a delivery', () => {
  const delivery = { state: 'waiting', attempts: 0, madeAt: 1000, nextAt: null, deliveredAt: null } as AlertDelivery;

  it.each([
    [{}, 'waits'],
    [{ attempts: 2 }, 'is tried again now'],
    [{ attempts: 2, nextAt: 60_000 }, 'is tried again 1970-01-01 00:01:00'],
    [{ state: 'dead' as const }, 'given up'],
    [{ state: 'delivered' as const, deliveredAt: 1084 }, 'delivered after 84 ms'],
  ])('%j', (part, text) => {
    expect(deliveryText({ ...delivery, ...part }, 'UTC')).toBe(text);
  });

  it('is timed in a unit that fits', () => {
    expect([0, 84, 2400, 200_000].map(tookText)).toEqual(['under 1 ms', '84 ms', '2.4 s', '3.3 min']);
  });
});

describe('a continuous export that works', () => {
  it.each([
    ['syslog+udp://siem.example', 'Sending; UDP does not tell what arrives.'],
    ['syslog+tls://siem.example', 'Connected.'],
    ['/var/log/sonde.log', 'Being written.'],
  ])('to %s: %s', (target, text) => {
    const asked = siemExport.parse({ id: 'siem', target });
    const shown = { ...asked, name: 'SIEM', error: '', errorAt: null, written: 1, lost: 0, state: 'working' } as const;
    expect(exportStanding(shown)).toEqual({ mark: 'good', text });
  });
});

describe('an import', () => {
  it('is said in words before it is done, with what it leaves as it is', () => {
    const none = {
      channels: [],
      kept: [],
      routes: null,
      reports: null,
      exports: [],
      exportsGone: [],
      policy: false,
      networks: 0,
      devices: 0,
      roles: 0,
      suppressions: [],
    };
    expect(previewLines(none)).toEqual(['No channel.']);
    const all = {
      ...none,
      kept: ['Mail', 'Chat'],
      routes: { count: 1, comes: ['Night'], goes: ['Day', 'Noon'] },
      reports: { count: 1, comes: [], goes: [] },
      exportsGone: ['Old SIEM'],
      policy: true,
      networks: 2,
    };
    expect(previewLines(all)).toEqual([
      'No channel.',
      'Not in it, and kept: Mail, Chat.',
      'Routes that come: Night. Routes that go: Day, Noon.',
      'Reports stay as they are.',
      'Exports that go: Old SIEM.',
      'Quiet and digest, the name and the port of the metrics are replaced.',
      'Brought in too: 2 networks of yours.',
    ]);
    expect(previewLines({ ...none, routes: { count: 0, comes: [], goes: ['Day'] } })).toContain('Routes that go: Day.');
  });

  it('says of each suppression how much it would silence', () => {
    const planned = {
      text: 'anything from 0.0.0.0/0',
      reason: 'hm',
      author: null,
      expiresAt: null,
      change: 'new' as const,
      inForce: true,
      silences: { total: 12, critical: 3 },
      recent: { total: 10, critical: 2 },
    };
    expect(suppressionText(planned)).toBe(
      'would silence 10 incidents of the last 30 days (2 of them critical), and 2 of other times (1 critical)',
    );
    const none = { total: 0, critical: 0 };
    const idle = { ...planned, silences: none, recent: none };
    expect(suppressionText(idle)).toBe('would silence nothing that is known so far');
    expect(suppressionText({ ...idle, inForce: false })).toContain('switched off');
    expect(suppressionText({ ...idle, change: 'same' })).toBe('is there already');
    expect(silencing([idle, planned])).toEqual([planned]);
    expect(broughtInText(2)).toContain('with 2 suppressions. They stand in Alert history');
    expect(broughtInText(0)).toBe('The settings are brought in.');
  });
});

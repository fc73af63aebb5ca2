import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { alertRoute, DEFAULT_ALERT_POLICY, type AlertPolicy } from '../../../src-shared/contract/topics/alerts.ts';
import type { Sender } from '../../../src-main/keep/alerts/attempt.ts';
import { AlertService, type AlertStore, type AlertTrouble } from '../../../src-main/keep/alerts/service.ts';
import type { Alert } from '../../../src-main/keep/alerts/types.ts';
import { openDatabase } from '../../../src-main/keep/store/database.ts';
import { storeMethods } from '../../../src-main/keep/store/methods.ts';
import { WAITING_MAX } from '../../../src-main/keep/store/alert-methods.ts';
import { digestItem } from '../../../src-main/keep/alerts/make.ts';
import type { HeldAlert, StoreMethods } from '../../../src-main/keep/store/types.ts';
import { fake, incident, seeded } from './made.ts';

/** What takes a moment may take longer on a machine with much to do. */
const SOON = { timeout: 30_000 };
const HOUR = 3_600_000;
const NOON = Date.UTC(2026, 10, 22, 12);

let folder: string;
let db: Database.Database;
let service: AlertService;
let now: number;
let sent: Alert[];
let troubles: AlertTrouble[];
let broken: Error | null;
/** The other side refuses, or never answers. */
let refuses: boolean;
let silent: boolean;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sonde-service-'));
  db = openDatabase(join(folder, 'kept.db'));
  now = NOON;
  sent = [];
  troubles = [];
  broken = null;
  refuses = silent = false;
});
afterEach(async () => {
  await service.close();
  db.close();
  rmSync(folder, { recursive: true, force: true });
});

function store(): AlertStore {
  const methods = storeMethods(db);
  return new Proxy({} as AlertStore, {
    get: (_, name) => {
      const method = methods[name as keyof StoreMethods] as (...args: unknown[]) => unknown;
      return (...args: unknown[]) => (broken ? Promise.reject(broken) : Promise.try(() => method(...args)));
    },
  });
}

function open(policy: Partial<AlertPolicy> = {}, severity: 'info' | 'warning' = 'info', channels = ['ops']): void {
  service = new AlertService({
    store: store(),
    now: () => now,
    random: seeded(1),
    onTrouble: (trouble) => void troubles.push(trouble),
    tickMs: 10,
  });
  const kind = fake((alert) => {
    if (silent) return new Promise(() => undefined);
    if (refuses) return Promise.reject(new Error('no'));
    sent.push(alert);
    return Promise.resolve({ words: 'ok' });
  });
  const settings = (): ReturnType<Sender['settings']> => Promise.resolve({});
  service.configure({
    channels: ['ops', 'mail'].map((id) => ({ id, name: id, version: '', kind, settings, secretsOf: () => [] })),
    routes: [alertRoute.parse({ channels, severity })],
    policy: { ...DEFAULT_ALERT_POLICY, ...policy },
  });
}

const uid = (n: number): string => n.toString(16).padStart(32, '0');
const tell = (
  change: Parameters<typeof incident>[0],
  state: 'open' | 'update' | 'closed' = 'open',
  withdrawn = false,
) => service.incident({ incident: incident(change), state, withdrawn, scope: 's' });
const reasons = (): string[] => sent.map(({ reason }) => reason);

describe('alerts of incidents', () => {
  it('are sent as they open, worsen and go on, each under a key of its own', async () => {
    open({ sensor: 'attic' });
    await tell({ severity: 'info' });
    await tell({ severity: 'info' }, 'update');
    await tell({ severity: 'critical' }, 'update');
    now += HOUR;
    await tell({ severity: 'critical' }, 'update');
    await tell({ severity: 'critical' }, 'closed');
    await expect.poll(reasons, SOON).toEqual(['opened', 'worsened', 'goes-on']);
    expect(new Set(sent.map(({ key }) => key)).size).toBe(3);
    expect(sent.map(({ title }) => title)).toEqual([
      '10.0.0.66 scanned 300 ports of 10.0.0.9',
      'Now critical: 10.0.0.66 scanned 300 ports of 10.0.0.9',
      'Still going on: 10.0.0.66 scanned 300 ports of 10.0.0.9',
    ]);
    expect(sent[0]?.text).toContain('From: 10.0.0.66\nTo: 10.0.0.9');
    expect(sent[0]).toMatchObject({ sensor: 'attic', at: '2026-11-22T12:00:00.000Z', severity: 'info' });
  });

  it('are never sent of one that was withdrawn, nor of what no route wants', async () => {
    open({}, 'warning');
    await tell({ severity: 'critical' }, 'closed', true);
    await tell({ severity: 'info' });
    await service.drain(1000);
    expect(sent).toEqual([]);
    await tell({ severity: 'warning' }, 'update');
    await expect.poll(reasons, SOON).toEqual(['opened']);
  });

  it('keep short what an incident has thousands of, and show no character that hides another', async () => {
    open();
    const sources = Array.from({ length: 1000 }, (_, i) => `10.1.${i >> 8}.${i & 255}`);
    await tell({ sources, sourcesTotal: 5000, title: 'a\u202eb\nc' });
    await expect.poll(reasons, SOON).toEqual(['opened']);
    expect(sent[0]?.incident).toMatchObject({ sourcesTotal: 5000 });
    expect(sent[0]?.incident?.sources).toHaveLength(100);
    expect(sent[0]?.text).toContain('10.1.0.4 and 4995 more');
    expect(sent[0]?.title).toBe('a?b?c');
  });

  it('wait in memory while the store takes none', async () => {
    open();
    broken = new Error('the disk is full');
    await tell({ uid: uid(1) });
    await tell({ uid: uid(2) });
    expect(troubles[0]).toMatchObject({ what: 'store', words: 'the disk is full' });
    broken = null;
    await expect.poll(() => sent.map((each) => each.incident?.uid), SOON).toEqual([uid(1), uid(2)]);
  });
});

describe('at the end of a program', () => {
  it('alerts that the store does not take are sent past it', async () => {
    open({ digest: 'daily', digestExcept: 'critical' });
    broken = new Error('the disk is full');
    await tell({ uid: uid(1), severity: 'critical' });
    await tell({ uid: uid(2), severity: 'warning' });
    expect(await service.rescue(10_000)).toBe(0);
    expect(reasons()).toEqual(['opened', 'digest']);
    expect(await service.rescue(10_000)).toBe(0);
    expect(sent).toHaveLength(2);
  });

  it('those that cannot be sent either are counted, with those for which there was no room', async () => {
    open();
    broken = new Error('the disk is full');
    refuses = true;
    await Promise.all(Array.from({ length: 1005 }, (_, n) => tell({ uid: uid(n), severity: 'critical' })));
    refuses = false;
    silent = true;
    expect(await service.rescue(50)).toBe(1005);
  });
});

describe('more alerts than a channel is to be sent', () => {
  it('and more than can wait is told of the channel whose queue is full', async () => {
    open({}, 'info', ['mail', 'ops']);
    refuses = true;
    const fill = `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${WAITING_MAX})
      INSERT INTO alert_deliveries (channel, key, reason, severity, title, body, made_at)
      SELECT 'ops', 'k' || i, 'opened', 'info', '', '', 0 FROM n`;
    await service.close();
    db.exec(fill);
    await tell({ uid: uid(1) });
    expect(troubles.map(({ channel, what }) => [channel, what])).toEqual([['ops', 'full']]);
  });

  it('go into one digest when the hour is over, and that says so; critical ones have room of their own', async () => {
    open({ hourlyCeiling: 10 });
    for (let n = 0; n < 30; n++) await tell({ uid: uid(n), severity: 'warning' });
    await tell({ uid: uid(100), severity: 'critical' });
    await expect.poll(() => sent.length, SOON).toBe(9);
    now += HOUR - 1;
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(sent).toHaveLength(9);
    now += 1;
    await expect.poll(() => sent.length, SOON).toBe(10);
    expect(sent[8]?.severity).toBe('critical');
    expect(sent[9]).toMatchObject({
      reason: 'digest',
      title: '22 incidents: 22 warning',
      digest: { counts: { info: 0, warning: 22, critical: 0 } },
    });
    expect(sent[9]?.text).toContain('There were more alerts within an hour than this channel is to be sent');
  });
});

describe('a digest', () => {
  const DAILY = { digest: 'daily', digestHour: 8, timeZone: 'UTC' } as const;
  const MORNING = Date.UTC(2026, 10, 23, 8);

  it('has each incident once, as it was last, the gravest first, and none that was withdrawn', async () => {
    open({ ...DAILY, digestExcept: 'none' });
    await tell({ uid: uid(1), severity: 'info' });
    await tell({ uid: uid(2), severity: 'info' });
    await tell({ uid: uid(3), severity: 'critical' });
    await tell({ uid: uid(2), severity: 'warning' }, 'update');
    await tell({ uid: uid(1) }, 'closed', true);
    now = MORNING - 1;
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(sent).toEqual([]);
    now = MORNING;
    await expect.poll(reasons, SOON).toEqual(['digest']);
    expect(sent[0]).toMatchObject({
      title: '2 incidents: 1 critical, 1 warning',
      severity: 'critical',
      digest: { from: '2026-11-22T12:00:00.000Z', to: '2026-11-23T08:00:00.000Z' },
    });
    expect(sent[0]?.digest?.incidents.map((each) => each.uid)).toEqual([uid(3), uid(2)]);
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(sent).toHaveLength(1);
  });

  it('leaves out what is damaged and says so; the others are sent', async () => {
    const methods = storeMethods(db);
    const held = (channel: string, n: number, item: string): HeldAlert => ({
      channel,
      uid: uid(n),
      why: 'digest',
      item,
      at: NOON,
    });
    const item = JSON.stringify(digestItem(incident(), 'opened', NOON));
    methods.holdAlerts([
      held('mail', 1, '{"incident'),
      held('mail', 2, 'null'),
      held('ops', 1, '{"incident":{"severity":"nonsense"}}'),
      held('ops', 2, item),
    ]);
    now = MORNING;
    open(DAILY);
    await expect.poll(reasons, SOON).toEqual(['digest']);
    await expect.poll(() => methods.heldChannels(), SOON).toEqual([]);
    expect(
      troubles
        .map(({ channel, what, words }) => [channel, what, words])
        .toSorted(([a], [b]) => ((a ?? '') < (b ?? '') ? -1 : 1)),
    ).toEqual([
      ['mail', 'damaged', '2 held for a digest cannot be read and are left out'],
      ['ops', 'damaged', '1 held for a digest cannot be read and are left out'],
    ]);
  });

  it('does not wait for a clock that was set back', async () => {
    open(DAILY);
    await tell({ uid: uid(1), severity: 'warning' });
    now -= 86_400_000;
    await expect.poll(reasons, SOON).toEqual(['digest']);
  });

  it('outlives the program', async () => {
    open(DAILY);
    await tell({ uid: uid(1), severity: 'warning' });
    await service.close();
    now = MORNING;
    open(DAILY);
    await expect.poll(reasons, SOON).toEqual(['digest']);
  });

  it('leaves out what is to be sent at once', async () => {
    open(DAILY);
    await tell({ uid: uid(1), severity: 'critical' });
    await expect.poll(reasons, SOON).toEqual(['opened']);
  });
});

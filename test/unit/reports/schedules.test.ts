import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ReportSchedule } from '../../../src-shared/contract/topics/reports.ts';
import { alertFromText } from '../../../src-main/keep/alerts/make.ts';
import { ReportSchedules, type SchedulesOptions } from '../../../src-main/keep/alerts/reports/schedules.ts';
import { openReaders, type Readers } from '../../../src-main/keep/store/readers.ts';
import type { NewDelivery } from '../../../src-main/keep/store/types.ts';
import { workerUrl } from '../../../src-main/run/pipeline/workers.ts';
import { openAnonymiser } from '../../../src-main/run/anonymiser.ts';
import { BERLIN, fillTwoWeeks, opened } from './history.ts';

const SLOW = 60_000;
const at = (text: string): number => Date.parse(text);
const iso = (moment: number): string => new Date(moment).toISOString().slice(0, 16);

const DAILY: ReportSchedule = {
  id: 'daily',
  enabled: true,
  every: 'day',
  weekday: 1,
  hour: 7,
  timeZone: BERLIN,
  channels: ['mail', 'chat'],
  format: 'html',
  anonymised: false,
};

let folder: string;
let readers: Readers;
let close: () => Promise<void>;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sonde-schedules-'));
  const path = join(folder, 'kept.db');
  const store = await opened(path);
  readers = openReaders(path, workerUrl('keep/store/reader.worker'), 1);
  close = async () => {
    await readers.close();
    await store.close();
  };
}, SLOW);
afterAll(async () => {
  await close();
  rmSync(folder, { recursive: true, force: true });
});

/** What outlives the program: the queue, which knows keys, and what is remembered of schedules. */
class Kept {
  readonly settings = new Map<string, unknown>();
  readonly queue = new Map<string, NewDelivery & { from: string; to: string }>();
  refuses = 0;
  fails = false;
  setting = (key: string): Promise<unknown> => Promise.resolve(this.settings.get(key));
  setSetting = (key: string, value: unknown): Promise<void> =>
    Promise.resolve(void this.settings.set(key, JSON.parse(JSON.stringify(value))));
  addReport = (deliveries: readonly NewDelivery[], key: string, state: unknown, known: unknown): Promise<number> => {
    if (this.fails) return Promise.reject(new Error('disk full'));
    if (this.refuses > 0) return Promise.resolve(this.refuses);
    const { last } = state as { last: { from: number; to: number } };
    const before = this.queue.size;
    for (const each of deliveries) {
      const place = `${each.channel} ${each.key}`;
      if (!this.queue.has(place)) this.queue.set(place, { ...each, from: iso(last.from), to: iso(last.to) });
    }
    void this.setSetting(key, this.queue.size > before ? state : known);
    return Promise.resolve(0);
  };
  /** Periods that were sent by a channel. */
  sent(channel: string): string[] {
    return [...this.queue.values()].filter((each) => each.channel === channel).map(({ from, to }) => `${from} ${to}`);
  }
}

let kept: Kept;
let now: number;
let failures: unknown[];
beforeEach(() => {
  kept = new Kept();
  now = at('2026-11-22T12:00:00Z');
  failures = [];
});

/** A program; another one on what is kept is a restart. */
function program(change: Partial<SchedulesOptions> = {}): ReportSchedules {
  return new ReportSchedules({
    store: kept,
    readers,
    service: { wake: () => undefined, sensor: 'attic' },
    anonymiser: () => openAnonymiser(new Uint8Array(32)),
    now: () => now,
    onChange: () => undefined,
    onFailure: (error) => failures.push(error),
    tickMs: 1_000_000,
    ...change,
  });
}

/** A program with this schedule, from now on. */
async function running(schedule: ReportSchedule = DAILY, channels = ['mail', 'chat']): Promise<ReportSchedules> {
  const made = program();
  await made.configure([schedule], channels);
  return made;
}

describe('a scheduled report', { timeout: SLOW }, () => {
  it('is sent when it is due, to each of its channels, and not before', async () => {
    const reports = await running();
    expect(kept.queue.size).toBe(0);
    now = at('2026-11-23T05:59:59Z');
    await reports.look();
    expect(kept.queue.size).toBe(0);
    now = at('2026-11-23T06:00:00Z');
    await reports.look();
    await reports.look();
    expect(kept.sent('mail')).toEqual(['2026-11-21T23:00 2026-11-22T23:00']);
    expect(kept.sent('chat')).toEqual(['2026-11-21T23:00 2026-11-22T23:00']);
    const [delivery] = kept.queue.values();
    expect(delivery).toMatchObject({ reason: 'report', title: 'Report: Sun 22 Nov 2026' });
    expect(delivery!.key).toMatch(/^[0-9a-f]{32}$/);
    expect(await reports.standing(DAILY)).toMatchObject({ last: { at: now }, nextAt: at('2026-11-24T06:00:00Z') });
    await reports.close();
  });

  it('leaves out what the settings suppress, but for what has expired', async () => {
    const asked: unknown[] = [];
    const ask: Readers['ask'] = (query, args, signal) => {
      asked.push(...args);
      return readers.ask(query, args, signal);
    };
    const scope = { kind: 'port-scan' } as const;
    const suppressions = [null, now].map((expiresAt) => ({ scope, reason: 'ours', expiresAt, enabled: true }));
    const reports = program({ readers: { ask }, suppressions });
    await reports.configure([DAILY], ['mail']);
    await reports.send(DAILY);
    expect(asked).toMatchObject([{ silences: [{ scope, reason: 'ours', author: 'the settings', expiresAt: null }] }]);
    await reports.close();
  });

  it('that was missed is sent once when the machine wakes, and tells of all that time', async () => {
    const reports = await running();
    now = at('2026-11-23T06:00:10Z');
    await reports.look();
    // Asleep for a week.
    now = at('2026-11-30T09:12:00Z');
    await reports.look();
    await reports.look();
    expect(kept.sent('mail')).toEqual(['2026-11-21T23:00 2026-11-22T23:00', '2026-11-22T23:00 2026-11-29T23:00']);
    now = at('2026-12-01T06:00:10Z');
    await reports.look();
    expect(kept.sent('mail').at(-1)).toBe('2026-11-29T23:00 2026-11-30T23:00');
    await reports.close();
  });

  it('goes on after a restart, and sends what fell due meanwhile', async () => {
    await (await running()).close();
    now = at('2026-11-23T08:00:00Z');
    const again = await running();
    expect(kept.sent('mail')).toHaveLength(1);
    await again.close();
    await (await running()).close();
    expect(kept.sent('mail')).toHaveLength(1);
  });

  it('that is queued again has the same key', async () => {
    const reports = await running();
    const before = new Map(kept.settings);
    now = at('2026-11-23T06:00:10Z');
    await reports.look();
    await reports.close();
    // As if the program had died before anything of it was remembered.
    for (const [key, value] of before) kept.settings.set(key, value);
    now += 60_000;
    await (await running()).close();
    expect(kept.queue.size).toBe(2);
  });

  it('that is new, or switched on again, or has another time, begins with what is due next', async () => {
    now = at('2026-11-23T08:00:00Z');
    const reports = await running();
    await reports.configure([{ ...DAILY, enabled: false }], ['mail']);
    now = at('2026-11-26T08:00:00Z');
    await reports.look();
    await reports.configure([DAILY], ['mail']);
    expect(kept.queue.size).toBe(0);
    await reports.configure([{ ...DAILY, hour: 6 }], ['mail']);
    expect(kept.queue.size).toBe(0);
    now = at('2026-11-27T05:00:00Z');
    await reports.look();
    expect(kept.sent('mail')).toEqual(['2026-11-25T23:00 2026-11-26T23:00']);
    await reports.close();
  });

  it('is tried again later where the queue cannot be written or takes no more', async () => {
    const reports = await running();
    now = at('2026-11-23T06:00:00Z');
    kept.fails = true;
    await reports.look();
    kept.fails = false;
    kept.refuses = 1;
    now += 60_000;
    await reports.look();
    expect(failures).toHaveLength(1);
    now += 300_000;
    await reports.look();
    expect(String(failures[1])).toContain('take no more');
    kept.refuses = 0;
    now += 300_000;
    await reports.look();
    expect(kept.sent('mail')).toHaveLength(1);
    // The clock was wrong when it failed.
    now = at('2027-11-24T06:00:00Z');
    kept.fails = true;
    await reports.look();
    kept.fails = false;
    now = at('2026-11-24T06:00:00Z');
    await reports.look();
    expect(kept.sent('mail')).toHaveLength(2);
    await reports.close();
  });

  it('is passed over while none of its channels is on, and goes to those that are', async () => {
    const reports = await running(DAILY, []);
    now = at('2026-11-23T06:00:00Z');
    await reports.look();
    await reports.configure([DAILY], ['chat']);
    expect(kept.queue.size).toBe(0);
    now = at('2026-11-24T06:00:00Z');
    await reports.look();
    expect([kept.sent('mail'), kept.sent('chat').length]).toEqual([[], 1]);
    await reports.close();
  });

  it('waits for no year where the clock was wrong and is set back', async () => {
    now = at('2031-01-01T12:00:00Z');
    const reports = await running();
    now = at('2026-11-22T12:00:00Z');
    await reports.look();
    now = at('2026-11-23T06:00:00Z');
    await reports.look();
    expect(kept.sent('mail')).toHaveLength(1);
    await reports.close();
  });

  it('that a wrong clock sent too early is sent again when it is due', async () => {
    const reports = await running();
    // A day ahead for a moment: a report of ten hours of the 22nd.
    now = at('2026-11-23T06:00:30Z');
    await reports.look();
    expect(kept.sent('mail')).toHaveLength(1);
    now = at('2026-11-22T12:01:00Z');
    await reports.look();
    now = at('2026-11-23T06:00:00Z');
    await reports.look();
    const period = '2026-11-21T23:00 2026-11-22T23:00';
    expect([kept.sent('mail'), kept.sent('chat')]).toEqual([
      [period, period],
      [period, period],
    ]);
    expect((await reports.standing(DAILY)).last?.at).toBe(now);
    await reports.close();
  });

  it('of a time that was over is not sent twice, nor noted as sent, where the clock is set back', async () => {
    const reports = await running();
    now = at('2026-11-23T06:05:00Z');
    await reports.look();
    const { last } = await reports.standing(DAILY);
    now = at('2026-11-23T05:55:00Z');
    await reports.look();
    now = at('2026-11-23T06:00:00Z');
    await reports.look();
    expect(kept.sent('mail')).toHaveLength(1);
    expect((await reports.standing(DAILY)).last).toEqual(last);
    now = at('2026-11-24T06:00:00Z');
    await reports.look();
    expect(kept.sent('mail')).toHaveLength(2);
    await reports.close();
  });

  it('is sent by hand of the time up to now, and goes on as it was', async () => {
    const reports = await running();
    now = at('2026-11-22T15:00:00Z');
    expect(await reports.send(DAILY)).toEqual({ channels: 2, incidents: 0 });
    expect(kept.sent('mail')).toEqual(['2026-11-21T23:00 2026-11-22T15:00']);
    now = at('2026-11-23T06:00:00Z');
    await reports.look();
    expect(kept.sent('mail')[1]).toBe('2026-11-21T23:00 2026-11-22T23:00');
    await expect(reports.send({ ...DAILY, channels: ['gone'] })).rejects.toMatchObject({ code: 'bad-request' });
    await reports.close();
  });

  it('names nobody where it is to be anonymised, nor does the message that it comes with', async () => {
    const path = join(folder, 'weeks.db');
    const store = await opened(path);
    await fillTwoWeeks(store);
    const weeks = openReaders(path, workerUrl('keep/store/reader.worker'), 1);
    const reports = program({ readers: weeks });
    const weekly: ReportSchedule = { ...DAILY, every: 'week' };
    await reports.configure([weekly], ['mail']);
    const texts: string[] = [];
    for (const anonymised of [false, true]) {
      now += 1000;
      await reports.send({ ...weekly, anonymised });
      const [{ body } = { body: '' }] = [...kept.queue.values()].slice(-1);
      const { attachments = [], ...said } = alertFromText(body);
      expect(attachments[0]!.name.includes('anonymised')).toBe(anonymised);
      texts.push(JSON.stringify(said) + Buffer.from(attachments[0]!.data).toString());
    }
    const [plain = '', hidden = ''] = texts;
    for (const name of ['192.168.10.23', '192.168.10.40', 'attic', '203.0.113.9']) {
      expect(plain).toContain(name);
      expect(hidden).not.toContain(name);
    }
    await reports.close();
    await weeks.close();
    await store.close();
  });

  it('is not stopped by what else is remembered under its name', async () => {
    kept.settings.set('report daily', { timing: 7 });
    const reports = await running();
    now = at('2026-11-23T06:00:00Z');
    await reports.look();
    expect(kept.sent('mail')).toHaveLength(1);
    await reports.close();
  });
});

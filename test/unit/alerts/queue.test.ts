import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BACK_OFF, delayOf, outcomeOf } from '../../../src-main/keep/alerts/backoff.ts';
import type { Sender } from '../../../src-main/keep/alerts/attempt.ts';
import { Dispatcher, type Trouble } from '../../../src-main/keep/alerts/dispatcher.ts';
import { alertFromText, alertText, incidentAlert } from '../../../src-main/keep/alerts/make.ts';
import { DeliveryError, type Alert } from '../../../src-main/keep/alerts/types.ts';
import { DEAD_MAX, WAITING_MAX } from '../../../src-main/keep/store/alert-methods.ts';
import { openDatabase } from '../../../src-main/keep/store/database.ts';
import { storeMethods } from '../../../src-main/keep/store/methods.ts';
import { alertQueue } from '../../../src-main/keep/store/queries/alerts.ts';
import { migrate, MIGRATIONS } from '../../../src-main/keep/store/migrate.ts';
import type { NewDelivery, Store, StoreMethods } from '../../../src-main/keep/store/types.ts';
import { fake, incident, seeded, type Send } from './made.ts';

const SLOW = 60_000;
const NOW = Date.UTC(2026, 10, 22);
let folder: string;
let db: Database.Database;
let methods: StoreMethods;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sonde-queue-'));
  db = openDatabase(join(folder, 'kept.db'));
  methods = storeMethods(db);
});
afterEach(() => {
  db.close();
  rmSync(folder, { recursive: true, force: true });
});

/** As the store's client would give it. */
function store(): Store {
  return new Proxy({} as Store, {
    get: (_, name) => {
      const method = methods[name as keyof StoreMethods] as (...args: unknown[]) => unknown;
      return (...args: unknown[]) => Promise.try(() => method(...args));
    },
  });
}

const alert = (key: string): Alert => incidentAlert(incident(), 'opened', key, { at: NOW, sensor: 'attic' });
function delivery(channel: string, key: string): NewDelivery {
  const { reason, severity, title } = alert(key);
  return { channel, key, reason, severity, title, body: alertText(alert(key)), madeAt: NOW };
}
const add = (channel: string, ...keys: string[]): number =>
  methods.addDeliveries(keys.map((k) => delivery(channel, k)));
const counts = (channel: string): object =>
  alertQueue(db).channels.find((each) => each.channel === channel) ?? { none: true };

function sender(id: string, send: Send): Sender {
  const settings = (): ReturnType<Sender['settings']> =>
    Promise.resolve({ url: 'https://x/', token: 'hunter2hunter2' });
  return { id, name: id.toUpperCase(), version: '', kind: fake(send), settings, secretsOf: () => ['hunter2hunter2'] };
}

describe('waiting between attempts', () => {
  it('grows to a bound, and is anything below it', () => {
    expect([1, 2, 3, 4].map((n) => delayOf(n, 0.5, BACK_OFF))).toEqual([500, 1000, 2000, 4000]);
    expect(delayOf(1000, 0.999_999, BACK_OFF)).toBeLessThan(BACK_OFF.capMs);
    expect(delayOf(7, 0, BACK_OFF)).toBe(0);
  });

  it('is as long as the other side asks for, up to an hour', () => {
    const failed = (error: Error): object =>
      outcomeOf({ error, words: 'w', attempts: 1, at: NOW, random: 0 }, BACK_OFF);
    expect(failed(new DeliveryError('w', true, 30_000))).toMatchObject({ state: 'waiting', nextAt: NOW + 30_000 });
    expect(failed(new DeliveryError('w', true, 1e12))).toMatchObject({ state: 'waiting', nextAt: NOW + 3_600_000 });
    expect(failed(new DeliveryError('w', false))).toMatchObject({ state: 'dead' });
    expect(failed(new Error('bug'))).toMatchObject({ state: 'waiting' });
  });

  it('ends with the last attempt', () => {
    const error = new DeliveryError('w', true);
    const at = (attempts: number): string =>
      outcomeOf({ error, words: 'w', attempts, at: NOW, random: 0 }, BACK_OFF).state;
    expect([at(BACK_OFF.mostAttempts - 1), at(BACK_OFF.mostAttempts)]).toEqual(['waiting', 'dead']);
  });
});

describe('the queue in the database', () => {
  it('is there after the migration of a database of before, which keeps what it had', () => {
    const old = new Database(':memory:');
    migrate(old, MIGRATIONS.slice(0, 6));
    old.prepare("INSERT INTO settings (key, value) VALUES ('a', '1')").run();
    migrate(old);
    expect(alertQueue(old)).toEqual({ channels: [], latest: [], dead: [] });
    expect(old.prepare('SELECT value FROM settings').pluck().get()).toBe('1');
    expect(Number(old.pragma('user_version', { simple: true }))).toBeGreaterThanOrEqual(7);
    old.close();
  });

  it('gives out the first of a channel, and no other before that is settled', () => {
    add('hook', 'one', 'two');
    const first = methods.takeDelivery('hook', NOW, NOW + 1000);
    expect(first.delivery).toMatchObject({ key: 'one', attempts: 0 });
    expect(methods.takeDelivery('hook', NOW, NOW + 1000)).toEqual({ delivery: null, nextAt: NOW + 1000 });
    // Whoever had it was killed.
    expect(methods.takeDelivery('hook', NOW + 1000, NOW + 2000).delivery?.key).toBe('one');
    methods.settleDelivery(first.delivery?.id ?? 0, { state: 'waiting', words: 'busy', at: NOW, nextAt: NOW + 5000 });
    expect(methods.takeDelivery('hook', NOW + 4999, NOW)).toEqual({ delivery: null, nextAt: NOW + 5000 });
    expect(methods.takeDelivery('hook', NOW + 5000, NOW + 6000).delivery).toMatchObject({ key: 'one', attempts: 1 });
    methods.settleDelivery(first.delivery?.id ?? 0, { state: 'delivered', words: '200', at: NOW + 5001 });
    expect(methods.takeDelivery('hook', NOW + 5001, NOW + 6000).delivery?.key).toBe('two');
    expect(methods.takeDelivery('mail', NOW, NOW)).toEqual({ delivery: null, nextAt: null });
  });

  it('knows a message by its key, in each channel once', () => {
    add('hook', 'one');
    add('hook', 'one');
    add('mail', 'one');
    expect(db.prepare('SELECT channel, key FROM alert_deliveries').raw().all()).toEqual([
      ['hook', 'one'],
      ['mail', 'one'],
    ]);
  });

  it('tells how it goes with each channel, and since when it does not', () => {
    add('hook', 'one', 'two', 'three');
    const settle = (at: number, state: 'delivered' | 'dead' | 'waiting', words: string): void => {
      const { delivery: taken } = methods.takeDelivery('hook', at, at);
      methods.settleDelivery(
        taken?.id ?? 0,
        state === 'waiting' ? { state, words, at, nextAt: at } : { state, words, at },
      );
    };
    settle(NOW + 1, 'waiting', 'busy');
    settle(NOW + 2, 'dead', 'no\u001b[31m');
    expect(counts('hook')).toMatchObject({ waiting: 2, dead: 1, failingSince: NOW + 1, lastAnswer: 'no?[31m' });
    settle(NOW + 3, 'delivered', '200 ok');
    expect(counts('hook')).toMatchObject({ waiting: 1, delivered: 1, failingSince: null, lastAnswer: '200 ok' });
    expect(alertQueue(db).dead.map(({ key }) => key)).toEqual(['one']);
    expect(alertQueue(db).latest.map(({ state }) => state)).toEqual(['waiting', 'delivered', 'dead']);
  });

  it('does not wait for a time that only a clock set wrong can have written', () => {
    const DAY = 86_400_000;
    add('hook', 'one');
    const id = methods.takeDelivery('hook', NOW + DAY, NOW + DAY + 20_000).delivery?.id ?? 0;
    expect(methods.takeDelivery('hook', NOW, NOW + 20_000).delivery?.key).toBe('one');
    methods.settleDelivery(id, { state: 'waiting', words: 'busy', at: NOW, nextAt: NOW + DAY });
    expect(methods.takeDelivery('hook', NOW, NOW + 20_000).delivery?.key).toBe('one');
    // What another side asked for is waited for.
    methods.settleDelivery(id, { state: 'waiting', words: 'busy', at: NOW, nextAt: NOW + 3_600_000 });
    expect(methods.takeDelivery('hook', NOW, NOW + 20_000)).toEqual({ delivery: null, nextAt: NOW + 3_600_000 });
  });

  it('gives out again at once what somebody wants to be tried, whoever had it', () => {
    add('hook', 'one');
    methods.takeDelivery('hook', NOW, NOW + 20_000);
    expect(methods.retryDeliveries({ channel: 'hook' })).toBe(1);
    expect(methods.takeDelivery('hook', NOW, NOW + 20_000).delivery?.key).toBe('one');
  });

  it('leaves out channels and routes that are damaged, and names them', () => {
    for (const id of ['bad', 'good', 'worse']) {
      methods.putAlertChannel({ id, name: id, kind: 'fake', enabled: true, settings: {}, secrets: [] });
    }
    methods.setAlertRoutes([{ channels: ['good'] }, { channels: ['bad'] }]);
    db.exec("UPDATE alert_channels SET settings = '{' WHERE id = 'bad'");
    db.exec("UPDATE alert_channels SET secrets = 'null' WHERE id = 'worse'");
    db.exec("UPDATE alert_routes SET body = '{' WHERE position = 1");
    expect(methods.alertChannels().map(({ id }) => id)).toEqual(['good']);
    expect(methods.alertRoutes()).toEqual([{ channels: ['good'] }, null]);
    expect(methods.damagedAlerts()).toEqual(['channel bad', 'channel worse', 'route 2']);
  });

  it('lets dead letters be tried again in their place, or thrown away', () => {
    add('hook', 'one', 'two', 'three');
    for (let i = 0; i < 3; i++) {
      const { delivery: taken } = methods.takeDelivery('hook', NOW, NOW);
      methods.settleDelivery(taken?.id ?? 0, { state: 'dead', words: 'no', at: NOW });
    }
    const ids = alertQueue(db).dead.map(({ id }) => id);
    expect(methods.retryDeliveries({ ids: [ids[2] ?? 0] })).toBe(1);
    expect(methods.takeDelivery('hook', NOW, NOW).delivery).toMatchObject({ key: 'one', attempts: 0 });
    expect(methods.dropDeliveries({ ids })).toBe(2);
    expect(counts('hook')).toMatchObject({ waiting: 1, dead: 0 });
    expect(methods.dropDeliveries({ channel: 'hook' })).toBe(0);
  });

  it('remembers a report as sent where a channel took it, and as it was where all knew it', () => {
    const report = [delivery('mail', 'r'), delivery('chat', 'r')];
    expect(methods.addReport(report, 'report a', { last: 1 }, { last: 0 })).toBe(0);
    expect(methods.setting('report a')).toEqual({ last: 1 });
    methods.addReport(report, 'report a', { last: 2 }, { last: 1, due: 2 });
    expect(methods.setting('report a')).toEqual({ last: 1, due: 2 });
    methods.addReport([...report, delivery('hook', 'r')], 'report a', { last: 3 }, { last: 1 });
    expect(methods.setting('report a')).toEqual({ last: 3 });
  });

  it(
    'has a ceiling, and counts what it could not take',
    () => {
      const many = Array.from({ length: WAITING_MAX + 5 }, (_, i) => ({ ...delivery('hook', `k${i}`), body: '' }));
      expect(methods.addDeliveries(many)).toBe(5);
      expect(counts('hook')).toMatchObject({ waiting: WAITING_MAX, refused: 5 });
      expect(add('mail', 'one')).toBe(0);
      db.prepare("UPDATE alert_deliveries SET state = 'dead' WHERE channel = 'hook'").run();
      add('hook', 'late');
      const { delivery: taken } = methods.takeDelivery('hook', NOW, NOW);
      methods.settleDelivery(taken?.id ?? 0, { state: 'dead', words: 'no', at: NOW });
      expect(counts('hook')).toMatchObject({ dead: DEAD_MAX, refused: 6 });
    },
    SLOW,
  );

  it('forgets all of a channel that is removed', () => {
    const channel = { id: 'hook', name: 'Hook', kind: 'fake', enabled: true, settings: {}, secrets: [] };
    methods.putAlertChannel(channel);
    add('hook', 'one');
    expect(methods.alertChannels()).toEqual([channel]);
    expect(methods.removeAlertChannel('hook')).toBe(true);
    expect(alertQueue(db)).toEqual({ channels: [], latest: [], dead: [] });
  });

  it('keeps attachments, whatever their bytes', () => {
    const whole: Alert = {
      ...alert('k'),
      attachments: [{ name: 'r.pdf', type: 'application/pdf', data: Uint8Array.of(0, 255) }],
    };
    const [back] = alertFromText(alertText(whole)).attachments ?? [];
    expect([...(back?.data ?? [])]).toEqual([0, 255]);
  });
});

describe('the dispatcher', () => {
  let dispatcher: Dispatcher;
  let troubles: Trouble[];
  const open = (senders: Sender[], attemptMs = 5000, mostAttempts = 20): void => {
    troubles = [];
    dispatcher = new Dispatcher({
      store: store(),
      now: Date.now,
      random: seeded(1),
      onTrouble: (trouble) => void troubles.push(trouble),
      backOff: { baseMs: 2, capMs: 10, mostAttempts },
      attemptMs,
    });
    dispatcher.setSenders(senders);
  };
  afterEach(() => dispatcher.close());
  async function until(holds: () => boolean): Promise<void> {
    for (let i = 0; i < 3000 && !holds(); i++) await new Promise((resolve) => setTimeout(resolve, 10));
    expect(holds()).toBe(true);
  }

  it('sends in order, also when every other attempt fails, and always under the same key', async () => {
    const keys = Array.from({ length: 30 }, (_, i) => `k${i}`);
    add('hook', ...keys);
    const arrived: string[] = [];
    const tried: string[] = [];
    let fails = false;
    open([
      sender('hook', ({ key }) => {
        tried.push(key);
        fails = !fails;
        if (fails) return Promise.reject(new DeliveryError('busy', true));
        arrived.push(key);
        return Promise.resolve({ words: 'ok' });
      }),
    ]);
    await until(() => arrived.length === 30);
    expect(arrived).toEqual(keys);
    expect(tried).toEqual(keys.flatMap((key) => [key, key]));
  });

  it('does not let one that hangs hold up another, and gives it up by itself', async () => {
    add('deaf', 'one');
    add('hook', 'one', 'two', 'three');
    const arrived: string[] = [];
    let given: AbortSignal | undefined;
    open(
      [
        sender('deaf', (_, __, { signal }) => {
          given ??= signal;
          return new Promise(() => undefined);
        }),
        sender('hook', ({ key }) => {
          arrived.push(key);
          return Promise.resolve({ words: '' });
        }),
      ],
      300,
    );
    await until(() => arrived.length === 3);
    expect(counts('deaf')).toMatchObject({ waiting: 1, lastAnswer: '' });
    await until(() => (counts('deaf') as { lastAnswer: string }).lastAnswer === 'no answer within 0.3 s');
    expect(given?.aborted).toBe(true);
  });

  it('puts what can never succeed, or did not often enough, among the dead, and goes on', async () => {
    add('hook', 'never', 'seldom', 'fine');
    open(
      [
        sender('hook', ({ key }) => {
          if (key === 'fine') return Promise.resolve({ words: 'ok' });
          return Promise.reject(new DeliveryError(`no ${key}`, key === 'seldom'));
        }),
      ],
      5000,
      4,
    );
    await until(() => dispatcher.isIdle);
    expect(alertQueue(db).dead.map(({ key, attempts, words }) => [key, attempts, words])).toEqual([
      ['seldom', 4, 'no seldom'],
      ['never', 1, 'no never'],
    ]);
    expect(troubles.map(({ what, name }) => `${what} ${name}`)).toContain('dead HOOK');
    expect(troubles.at(-1)?.what).toBe('recovered');
  });

  it('passes over what another program has damaged', async () => {
    add('hook', 'one', 'two');
    db.prepare("UPDATE alert_deliveries SET body = '{' WHERE key = 'one'").run();
    const arrived: string[] = [];
    open([
      sender('hook', ({ key }) => {
        arrived.push(key);
        return Promise.resolve({ words: 'ok' });
      }),
    ]);
    await until(() => dispatcher.isIdle);
    expect(arrived).toEqual(['two']);
    expect(alertQueue(db).dead).toMatchObject([{ key: 'one', words: 'the message in the queue is damaged' }]);
  });

  it('never lets a secret into words', async () => {
    add('hook', 'one');
    open([
      sender('hook', () => Promise.reject(new DeliveryError('bad token hunter2hunter2 (aHVudGVyMmh1bnRlcjI=)', false))),
    ]);
    await until(() => dispatcher.isIdle);
    expect(alertQueue(db).dead[0]?.words).toBe('bad token [secret] ([secret])');
    expect(JSON.stringify(troubles)).not.toMatch(/hunter2|aHVudGVy/);
  });

  it('sends again what was broken off by its end, under the same key', async () => {
    add('hook', 'one');
    const tried: string[] = [];
    open([
      sender('hook', ({ key }) => {
        tried.push(key);
        return new Promise(() => undefined);
      }),
    ]);
    await until(() => tried.length === 1);
    await dispatcher.close();
    open([
      sender('hook', ({ key }) => {
        tried.push(key);
        return Promise.resolve({ words: 'ok' });
      }),
    ]);
    await until(() => dispatcher.isIdle);
    expect(tried).toEqual(['one', 'one']);
    expect(counts('hook')).toMatchObject({ delivered: 1, waiting: 0 });
  });
});

/** The queue of alerts, its channels and routes, in the database. Every method is one transaction. */
import type Database from 'better-sqlite3';
import type { ChosenDeliveries } from '../../../src-shared/contract/topics/alerts.ts';
import { plainText } from '../../../src-shared/domain/plain-text.ts';
import type { AlertOutcome, HeldAlert, NewDelivery, StoredChannel, StoreMethods } from './types.ts';

type Transaction = <A extends unknown[], R>(work: (...args: A) => R) => (...args: A) => R;

type ChannelMethods = Pick<
  StoreMethods,
  | 'alertChannels'
  | 'putAlertChannel'
  | 'removeAlertChannel'
  | 'alertRoutes'
  | 'damagedAlerts'
  | 'damagedChannels'
  | 'setAlertRoutes'
>;

type AlertMethods = ChannelMethods &
  Pick<
    StoreMethods,
    | 'addDeliveries'
    | 'addReport'
    | 'takeDelivery'
    | 'settleDelivery'
    | 'retryDeliveries'
    | 'dropDeliveries'
    | 'holdAlerts'
    | 'heldChannels'
    | 'heldAlerts'
    | 'releaseHeld'
    | 'forgetHeld'
  >;

/** What a channel may have waiting, dead, and held for a digest; and how many delivered ones are remembered in all. */
export const WAITING_MAX = 10_000;
export const DEAD_MAX = 10_000;
export const HELD_MAX = 10_000;
export const REMEMBERED_MAX = 10_000;
/** Delivered ones are forgotten so many at a time. */
const FORGET_STEP = 500;
const WORDS_MAX = 500;
/** A delivery is lent for this long at most, ms (and for as long as whoever asks wants it). */
const LEASE_MAX = 20_000;
/** No delivery that failed waits longer for its next attempt, ms: an hour that another side asked for, and a little. */
export const LONGEST_WAIT_MS = 3_601_000;

interface ChannelRow {
  id: string;
  name: string;
  kind: string;
  enabled: number;
  settings: string;
  secrets: string;
}

/** Undefined: damaged. */
function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Null: a row that cannot be read. */
function channelOf(row: ChannelRow): StoredChannel | null {
  const settings = jsonOf(row.settings);
  const secrets = jsonOf(row.secrets);
  if (typeof settings !== 'object' || settings === null || Array.isArray(settings)) return null;
  if (!Array.isArray(secrets) || !secrets.every((each) => typeof each === 'string')) return null;
  return { ...row, enabled: row.enabled === 1, settings: settings as StoredChannel['settings'], secrets };
}

function rowsOf(db: Database.Database): ChannelRow[] {
  return db.prepare('SELECT * FROM alert_channels ORDER BY name, id').all() as ChannelRow[];
}

/** One that is damaged must not stop the others. */
function channelsOf(db: Database.Database): StoredChannel[] {
  return rowsOf(db)
    .map(channelOf)
    .filter((channel) => channel !== null);
}

function routesOf(db: Database.Database): unknown[] {
  const bodies = db.prepare('SELECT body FROM alert_routes ORDER BY position').pluck().all() as string[];
  return bodies.map((body) => jsonOf(body) ?? null);
}

function damagedChannels(db: Database.Database): { id: string; name: string; kind: string }[] {
  const damaged = rowsOf(db).filter((row) => channelOf(row) === null);
  return damaged.map(({ id, name, kind }) => ({ id, name: plainText(name), kind }));
}

function damagedOf(db: Database.Database): string[] {
  const channels = damagedChannels(db);
  const routes = routesOf(db).flatMap((route, index) => (route === null ? [`route ${index + 1}`] : []));
  return [...channels.map(({ id }) => `channel ${plainText(id)}`), ...routes];
}

function countOf(db: Database.Database, table: string, where: string, ...args: unknown[]): number {
  return db.prepare(`SELECT count(*) FROM ${table} WHERE ${where}`).pluck().get(args) as number;
}

function noteRefused(db: Database.Database, channel: string, refused: number): void {
  if (refused === 0) return;
  const sql = `INSERT INTO alert_channel_states (channel, refused) VALUES (?, ?)
    ON CONFLICT (channel) DO UPDATE SET refused = refused + excluded.refused`;
  db.prepare(sql).run(channel, refused);
}

/** How many of them found no place. One whose key is known to the channel is there already. */
function add(db: Database.Database, deliveries: readonly NewDelivery[]): { refused: number; added: number } {
  const sql = `INSERT OR IGNORE INTO alert_deliveries (channel, key, reason, severity, title, body, made_at)
    VALUES (?, ?, ?, ?, ?, ?, ?)`;
  const insert = db.prepare(sql);
  const waiting = new Map<string, number>();
  let [refused, added] = [0, 0];
  for (const { channel, key, reason, severity, title, body, madeAt } of deliveries) {
    const before =
      waiting.get(channel) ?? countOf(db, 'alert_deliveries', "channel = ? AND state = 'waiting'", channel);
    waiting.set(channel, before);
    if (before >= WAITING_MAX) {
      refused++;
      noteRefused(db, channel, 1);
      continue;
    }
    const { changes } = insert.run(channel, key, reason, severity, plainText(title), body, madeAt);
    waiting.set(channel, before + changes);
    added += changes;
  }
  return { refused, added };
}

function noteAnswer(db: Database.Database, channel: string, { state, words, at }: AlertOutcome): void {
  const delivered = state === 'delivered' ? 1 : 0;
  const since = delivered === 1 ? null : at;
  const sql = `INSERT INTO alert_channel_states (channel, delivered, failing_since, last_answer, last_answer_at)
    VALUES (?, ?, ?, ?, ?)
    ON CONFLICT (channel) DO UPDATE SET delivered = delivered + excluded.delivered,
      failing_since = CASE WHEN excluded.failing_since IS NULL THEN NULL ELSE ifnull(failing_since, excluded.failing_since) END,
      last_answer = excluded.last_answer, last_answer_at = excluded.last_answer_at`;
  db.prepare(sql).run(channel, delivered, since, words, at);
}

/** Delivered ones beyond the newest, and a channel's dead ones beyond the newest. */
function forget(db: Database.Database, channel: string, state: AlertOutcome['state']): void {
  if (state === 'delivered') {
    if (countOf(db, 'alert_deliveries', "state = 'delivered'") < REMEMBERED_MAX + FORGET_STEP) return;
    const sql = `DELETE FROM alert_deliveries WHERE state = 'delivered' AND id <= (SELECT id FROM alert_deliveries
      WHERE state = 'delivered' ORDER BY id DESC LIMIT 1 OFFSET ?)`;
    db.prepare(sql).run(REMEMBERED_MAX);
  } else if (state === 'dead') {
    const sql = `DELETE FROM alert_deliveries WHERE channel = ? AND state = 'dead' AND id <= (SELECT id
      FROM alert_deliveries WHERE channel = ? AND state = 'dead' ORDER BY id DESC LIMIT 1 OFFSET ?)`;
    noteRefused(db, channel, db.prepare(sql).run(channel, channel, DEAD_MAX).changes);
  }
}

function settle(db: Database.Database, id: number, outcome: AlertOutcome): void {
  const words = plainText(outcome.words).slice(0, WORDS_MAX);
  const sql = `UPDATE alert_deliveries SET state = ?, attempts = attempts + ?, next_at = ?, leased_until = 0, words = ?,
      delivered_at = ?, body = CASE WHEN ? THEN '' ELSE body END WHERE id = ? AND state = 'waiting' RETURNING channel`;
  const isDone = outcome.state === 'delivered';
  const nextAt = outcome.state === 'waiting' ? outcome.nextAt : 0;
  const args = [outcome.state, 1, nextAt, words, isDone ? outcome.at : null, isDone ? 1 : 0, id];
  const channel = db.prepare(sql).pluck().get(args) as string | undefined;
  // Somebody removed its channel while it was sent.
  if (channel === undefined) return;
  noteAnswer(db, channel, { ...outcome, words });
  forget(db, channel, outcome.state);
}

/** The condition of those that are chosen. */
function chosenBy(chosen: ChosenDeliveries): { sql: string; args: unknown[] } {
  if ('channel' in chosen) return { sql: 'channel = ?', args: [chosen.channel] };
  return { sql: `id IN (${chosen.ids.map(() => '?').join(', ')})`, args: [...chosen.ids] };
}

function hold(db: Database.Database, items: readonly HeldAlert[]): number {
  const sql = `INSERT INTO alert_held (channel, uid, why, item, at) VALUES (?, ?, ?, ?, ?)
    ON CONFLICT (channel, uid) DO UPDATE SET item = excluded.item`;
  const insert = db.prepare(sql);
  let refused = 0;
  for (const { channel, uid, why, item, at } of items) {
    const isThere = countOf(db, 'alert_held', 'channel = ? AND uid = ?', channel, uid) > 0;
    if (!isThere && countOf(db, 'alert_held', 'channel = ?', channel) >= HELD_MAX) {
      refused++;
      noteRefused(db, channel, 1);
    } else insert.run(channel, uid, why, item, at);
  }
  return refused;
}

function removeChannel(db: Database.Database, id: string): boolean {
  for (const table of ['alert_deliveries', 'alert_channel_states', 'alert_held']) {
    db.prepare(`DELETE FROM ${table} WHERE channel = ?`).run(id);
  }
  return db.prepare('DELETE FROM alert_channels WHERE id = ?').run(id).changes > 0;
}

function channelMethods(db: Database.Database, inTransaction: Transaction): ChannelMethods {
  return {
    alertChannels: () => channelsOf(db),
    putAlertChannel: inTransaction(({ id, name, kind, enabled, settings, secrets }) => {
      const sql = `INSERT OR REPLACE INTO alert_channels (id, name, kind, enabled, settings, secrets)
        VALUES (?, ?, ?, ?, ?, ?)`;
      const parts = [JSON.stringify(settings), JSON.stringify(secrets)] as const;
      db.prepare(sql).run(id, plainText(name), kind, enabled ? 1 : 0, ...parts);
    }),
    removeAlertChannel: inTransaction((id) => removeChannel(db, id)),
    alertRoutes: () => routesOf(db),
    damagedAlerts: () => damagedOf(db),
    damagedChannels: () => damagedChannels(db),
    setAlertRoutes: inTransaction((routes) => {
      db.prepare('DELETE FROM alert_routes').run();
      const insert = db.prepare('INSERT INTO alert_routes (position, body) VALUES (?, ?)');
      routes.forEach((route, position) => insert.run(position, JSON.stringify(route)));
    }),
  };
}

export function alertMethods(db: Database.Database, inTransaction: Transaction): AlertMethods {
  return {
    ...channelMethods(db, inTransaction),
    addDeliveries: inTransaction((deliveries) => add(db, deliveries).refused),
    addReport: inTransaction((deliveries, key, state, known) => {
      const { refused, added } = add(db, deliveries);
      const put = 'INSERT OR REPLACE INTO settings (key, value) VALUES (?, ?)';
      if (refused === 0) db.prepare(put).run(key, JSON.stringify(added > 0 ? state : known));
      return refused;
    }),
    takeDelivery: inTransaction((channel, now, leaseUntil) => {
      const sql = `SELECT id, key, body, attempts, next_at AS nextAt, leased_until AS leasedUntil FROM alert_deliveries
        WHERE channel = ? AND state = 'waiting' ORDER BY id LIMIT 1`;
      const head = db.prepare(sql).get(channel) as
        { id: number; key: string; body: string; attempts: number; nextAt: number; leasedUntil: number } | undefined;
      if (!head) return { delivery: null, nextAt: null };
      const { nextAt, leasedUntil, ...delivery } = head;
      // Beyond these bounds the clock was set back: what was written before says nothing.
      const isLent = leasedUntil <= now + Math.max(LEASE_MAX, leaseUntil - now);
      const free = Math.max(nextAt <= now + LONGEST_WAIT_MS ? nextAt : 0, isLent ? leasedUntil : 0);
      if (free > now) return { delivery: null, nextAt: free };
      db.prepare('UPDATE alert_deliveries SET leased_until = ? WHERE id = ?').run(leaseUntil, delivery.id);
      return { delivery, nextAt: null };
    }),
    settleDelivery: inTransaction((id, outcome) => settle(db, id, outcome)),
    retryDeliveries: inTransaction((chosen) => {
      const { sql, args } = chosenBy(chosen);
      const fresh = "UPDATE alert_deliveries SET state = 'waiting', attempts = 0, next_at = 0, leased_until = 0";
      return db
        .prepare(`${fresh} WHERE (state = 'dead' OR state = 'waiting' AND next_at + leased_until > 0) AND ${sql}`)
        .run(args).changes;
    }),
    dropDeliveries: inTransaction((chosen) => {
      const { sql, args } = chosenBy(chosen);
      return db.prepare(`DELETE FROM alert_deliveries WHERE state = 'dead' AND ${sql}`).run(args).changes;
    }),
    holdAlerts: inTransaction((items) => hold(db, items)),
    heldChannels: () => {
      const sql = 'SELECT channel, why, count(*) AS count, min(at) AS oldest FROM alert_held GROUP BY channel, why';
      return db.prepare(sql).all() as ReturnType<StoreMethods['heldChannels']>;
    },
    heldAlerts: (channel) => {
      const sql = 'SELECT id, channel, uid, why, item, at FROM alert_held WHERE channel = ? ORDER BY id';
      return db.prepare(sql).all(channel) as ReturnType<StoreMethods['heldAlerts']>;
    },
    releaseHeld: inTransaction((ids, digest) => {
      const refused = digest ? add(db, [digest]).refused : 0;
      const remove = db.prepare('DELETE FROM alert_held WHERE id = ?');
      if (refused === 0) for (const id of ids) remove.run(id);
      return refused;
    }),
    forgetHeld: inTransaction((uid) => void db.prepare('DELETE FROM alert_held WHERE uid = ?').run(uid)),
  };
}

/** The queue of alerts for people: by channel, the latest deliveries, and what was given up. */
import type Database from 'better-sqlite3';
import {
  DELIVERIES_SHOWN,
  type AlertDelivery,
  type ChannelQueue,
} from '../../../../src-shared/contract/topics/alerts.ts';

export interface AlertQueue {
  channels: ChannelQueue[];
  latest: AlertDelivery[];
  dead: AlertDelivery[];
}

const COLUMNS = `id, channel, state, reason, severity, title, key, attempts, made_at AS madeAt, next_at AS nextAt,
  delivered_at AS deliveredAt, words`;

function deliveries(db: Database.Database, where: string): AlertDelivery[] {
  const sql = `SELECT ${COLUMNS} FROM alert_deliveries WHERE ${where} ORDER BY id DESC LIMIT ${DELIVERIES_SHOWN}`;
  const rows = db.prepare(sql).all() as (AlertDelivery & { nextAt: number })[];
  return rows.map((row) => ({ ...row, nextAt: row.nextAt > 0 ? row.nextAt : null }));
}

/** Channels that are there, and those of which something is left. */
const CHANNELS = `
  SELECT c.channel, ifnull(k.name, c.channel) AS name, ifnull(w.n, 0) AS waiting, ifnull(s.delivered, 0) AS delivered,
    ifnull(d.n, 0) AS dead, ifnull(h.n, 0) AS held, s.failing_since AS failingSince, ifnull(s.last_answer, '') AS lastAnswer,
    s.last_answer_at AS lastAnswerAt, ifnull(s.refused, 0) AS refused
  FROM (SELECT id AS channel FROM alert_channels UNION SELECT channel FROM alert_deliveries
    UNION SELECT channel FROM alert_channel_states UNION SELECT channel FROM alert_held) c
  LEFT JOIN alert_channels k ON k.id = c.channel
  LEFT JOIN alert_channel_states s ON s.channel = c.channel
  LEFT JOIN (SELECT channel, count(*) AS n FROM alert_deliveries WHERE state = 'waiting' GROUP BY channel) w
    ON w.channel = c.channel
  LEFT JOIN (SELECT channel, count(*) AS n FROM alert_deliveries WHERE state = 'dead' GROUP BY channel) d
    ON d.channel = c.channel
  LEFT JOIN (SELECT channel, count(*) AS n FROM alert_held GROUP BY channel) h ON h.channel = c.channel
  ORDER BY name, c.channel`;

/** Names of channels that stand in a settings file, by their ids: `watch` notes them for whoever looks at its queue. */
export const FILE_CHANNELS = 'alert-file-channels';

function fileNames(db: Database.Database): ReadonlyMap<string, string> {
  const text = db.prepare('SELECT value FROM settings WHERE key = ?').pluck().get(FILE_CHANNELS) as string | undefined;
  if (text === undefined) return new Map();
  const names: unknown = JSON.parse(text);
  const entries = typeof names === 'object' && names !== null ? Object.entries(names) : [];
  return new Map(entries.filter((entry): entry is [string, string] => typeof entry[1] === 'string'));
}

/** Those that have no name of the desk's own are called as their file calls them. */
function channelsOf(db: Database.Database): ChannelQueue[] {
  const rows = db.prepare(CHANNELS).all() as ChannelQueue[];
  const names = fileNames(db);
  return rows.map((row) => (row.name === row.channel ? { ...row, name: names.get(row.channel) ?? row.name } : row));
}

export function alertQueue(db: Database.Database): AlertQueue {
  return {
    channels: channelsOf(db),
    latest: deliveries(db, '1'),
    dead: deliveries(db, "state = 'dead'"),
  };
}

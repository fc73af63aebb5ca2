import type { Migration } from '../migrate.ts';

/** Channels of alerts, what goes where, and the queue that deliveries wait in. */
export const alerts: Migration = {
  version: 7,
  sql: `
    CREATE TABLE alert_channels (
      id TEXT PRIMARY KEY,
      name TEXT NOT NULL,
      kind TEXT NOT NULL,
      enabled INTEGER NOT NULL,
      -- JSON each: fields that are no secrets, and the names of those that are. No secret is ever in the database.
      settings TEXT NOT NULL,
      secrets TEXT NOT NULL
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE alert_routes (
      position INTEGER PRIMARY KEY,
      -- JSON.
      body TEXT NOT NULL
    ) STRICT;

    -- 'id' is the order in which a channel sends them.
    CREATE TABLE alert_deliveries (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      channel TEXT NOT NULL,
      key TEXT NOT NULL,
      reason TEXT NOT NULL,
      severity TEXT NOT NULL,
      title TEXT NOT NULL,
      -- JSON of the alert; '' once it was delivered.
      body TEXT NOT NULL,
      state TEXT NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'delivered', 'dead')),
      attempts INTEGER NOT NULL DEFAULT 0,
      made_at INTEGER NOT NULL,
      next_at INTEGER NOT NULL DEFAULT 0,
      -- It is being sent until then at most: of a program that was killed, nobody says how that ended.
      leased_until INTEGER NOT NULL DEFAULT 0,
      delivered_at INTEGER,
      words TEXT NOT NULL DEFAULT '',
      UNIQUE (channel, key)
    ) STRICT;
    CREATE INDEX alert_deliveries_by_channel ON alert_deliveries (channel, state, id);
    CREATE INDEX alert_deliveries_by_state ON alert_deliveries (state, id);

    CREATE TABLE alert_channel_states (
      channel TEXT PRIMARY KEY,
      delivered INTEGER NOT NULL DEFAULT 0,
      refused INTEGER NOT NULL DEFAULT 0,
      failing_since INTEGER,
      last_answer TEXT NOT NULL DEFAULT '',
      last_answer_at INTEGER
    ) STRICT, WITHOUT ROWID;

    -- What waits for a digest.
    CREATE TABLE alert_held (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      channel TEXT NOT NULL,
      uid TEXT NOT NULL,
      why TEXT NOT NULL CHECK (why IN ('digest', 'ceiling')),
      -- JSON.
      item TEXT NOT NULL,
      at INTEGER NOT NULL,
      UNIQUE (channel, uid)
    ) STRICT;
  `,
};

import type { Migration } from '../migrate.ts';

/** Models of the lab, where they score, what the daily retraining came to; and features of flows to learn from. */
export const labModels: Migration = {
  version: 6,
  sql: `
    CREATE TABLE lab_models (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      name TEXT NOT NULL,
      created_at INTEGER NOT NULL,
      user TEXT NOT NULL,
      -- JSON each: ModelSource, LabModelSummary, Promotable.
      source TEXT NOT NULL,
      summary TEXT NOT NULL,
      promotable TEXT NOT NULL,
      sha256 TEXT NOT NULL,
      -- Of whoever trained it; '' where there are none.
      notes TEXT NOT NULL,
      bytes BLOB NOT NULL
    ) STRICT;

    -- What was done, in order. 'below': the promotion that a roll-back returns to; NULL: to none.
    CREATE TABLE lab_promotions (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      at INTEGER NOT NULL,
      user TEXT NOT NULL,
      slot TEXT NOT NULL,
      action TEXT NOT NULL CHECK (action IN ('promote', 'roll-back', 'withdraw')),
      model INTEGER,
      name TEXT NOT NULL,
      before INTEGER,
      before_name TEXT NOT NULL,
      why TEXT NOT NULL,
      below INTEGER
    ) STRICT;

    CREATE TABLE lab_slots (
      slot TEXT PRIMARY KEY,
      model INTEGER NOT NULL REFERENCES lab_models (id),
      promotion INTEGER NOT NULL REFERENCES lab_promotions (id)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE retrain_runs (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      at INTEGER NOT NULL,
      user TEXT NOT NULL,
      -- RetrainRun without the above, JSON.
      body TEXT NOT NULL
    ) STRICT;

    -- Rows of the flow features (32-bit floats, little-endian) of a sample of a capture's flows, and of those of incidents.
    CREATE TABLE flow_features (
      capture INTEGER NOT NULL REFERENCES captures (id) ON DELETE CASCADE,
      flow INTEGER NOT NULL,
      -- Of the catalogue of features.
      schema TEXT NOT NULL,
      sec INTEGER NOT NULL,
      features BLOB NOT NULL,
      PRIMARY KEY (capture, flow)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX flow_features_by_time ON flow_features (sec);
  `,
};

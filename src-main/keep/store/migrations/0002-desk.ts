import type { Migration } from '../migrate.ts';

/** What the desk shows and does: summaries of captures, decisions about incidents, suppressions, the audit log. */
export const desk: Migration = {
  version: 2,
  sql: `
    -- Facts of the whole capture that would take a walk over all flows; JSON, see CaptureFacts.
    ALTER TABLE captures ADD COLUMN facts TEXT NOT NULL DEFAULT '{}';

    -- Buckets are facts.timelineWidth seconds wide.
    CREATE TABLE timeline (
      capture INTEGER NOT NULL REFERENCES captures (id) ON DELETE CASCADE,
      start INTEGER NOT NULL,
      packets INTEGER NOT NULL,
      bytes INTEGER NOT NULL,
      flows INTEGER NOT NULL,
      anomalous INTEGER NOT NULL,
      PRIMARY KEY (capture, start)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE host_names (
      capture INTEGER NOT NULL REFERENCES captures (id) ON DELETE CASCADE,
      address TEXT NOT NULL,
      source TEXT NOT NULL,
      name TEXT NOT NULL,
      PRIMARY KEY (capture, address, source, name)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE host_macs (
      capture INTEGER NOT NULL REFERENCES captures (id) ON DELETE CASCADE,
      address TEXT NOT NULL,
      mac TEXT NOT NULL,
      PRIMARY KEY (capture, address, mac)
    ) STRICT, WITHOUT ROWID;

    -- Sorts and filters of the flow table. What may be unset is indexed as -1, so that pages can go on after it.
    CREATE INDEX flows_by_resp_port ON flows (capture, resp_port);
    CREATE INDEX flows_by_duration ON flows (capture, duration);
    CREATE INDEX flows_by_orig_bytes ON flows (capture, ifnull(orig_bytes, -1));
    CREATE INDEX flows_by_resp_bytes ON flows (capture, ifnull(resp_bytes, -1));
    CREATE INDEX flows_by_service ON flows (capture, service);
    DROP INDEX flows_by_score;
    CREATE INDEX flows_by_score ON flows (capture, ifnull(score, -1));
    CREATE INDEX flows_anomalous ON flows (capture, sec, orig_host) WHERE anomalous = 1;
    CREATE INDEX hosts_by_risk ON hosts (capture, risk);
    CREATE INDEX windows_by_host ON windows (capture, host, length, start);

    ALTER TABLE incidents ADD COLUMN status TEXT NOT NULL DEFAULT 'new'
      CHECK (status IN ('new', 'investigating', 'expected', 'closed'));
    ALTER TABLE incidents ADD COLUMN suppressed_by INTEGER;
    CREATE INDEX incidents_by_suppression ON incidents (suppressed_by) WHERE suppressed_by IS NOT NULL;

    CREATE TABLE incident_changes (
      id INTEGER PRIMARY KEY,
      capture INTEGER NOT NULL,
      uid TEXT NOT NULL,
      at INTEGER NOT NULL,
      user TEXT NOT NULL,
      status TEXT NOT NULL,
      note TEXT NOT NULL,
      FOREIGN KEY (capture, uid) REFERENCES incidents (capture, uid) ON DELETE CASCADE
    ) STRICT;
    CREATE INDEX incident_changes_by_incident ON incident_changes (capture, uid, id);

    CREATE TABLE suppressions (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      scope TEXT NOT NULL,
      reason TEXT NOT NULL,
      author TEXT NOT NULL,
      created_at INTEGER NOT NULL,
      expires_at INTEGER,
      enabled INTEGER NOT NULL CHECK (enabled IN (0, 1)),
      last_hit_at INTEGER
    ) STRICT;

    CREATE TABLE saved_filters (
      name TEXT PRIMARY KEY,
      filter TEXT NOT NULL,
      saved_at INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE audit (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      at INTEGER NOT NULL,
      user TEXT NOT NULL,
      action TEXT NOT NULL,
      object TEXT NOT NULL,
      detail TEXT NOT NULL
    ) STRICT;
    CREATE TRIGGER audit_is_not_changed BEFORE UPDATE ON audit BEGIN SELECT raise(ABORT, 'the audit log only grows'); END;
    CREATE TRIGGER audit_is_not_shortened BEFORE DELETE ON audit BEGIN SELECT raise(ABORT, 'the audit log only grows'); END;
  `,
};

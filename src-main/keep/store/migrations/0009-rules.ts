import type { Migration } from '../migrate.ts';

/** Rules of signatures and lists of indicators. */
export const rules: Migration = {
  version: 9,
  sql: `
    CREATE TABLE rule_sources (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      kind TEXT NOT NULL CHECK (kind IN ('rules', 'list', 'allow')),
      name TEXT NOT NULL,
      origin TEXT NOT NULL CHECK (origin IN ('own', 'path', 'upload')),
      -- JSON: where it is read again from.
      paths TEXT NOT NULL,
      enabled INTEGER NOT NULL DEFAULT 1,
      added_at REAL NOT NULL,
      read_at REAL NOT NULL,
      author TEXT NOT NULL,
      -- Of what was read, in hex.
      sha256 TEXT NOT NULL,
      refused INTEGER NOT NULL,
      -- JSON: of lists what is known of them, and the names of their files in the data folder.
      list TEXT
    );
    CREATE TABLE rules (
      source INTEGER NOT NULL REFERENCES rule_sources (id) ON DELETE CASCADE,
      gid INTEGER NOT NULL,
      sid INTEGER NOT NULL,
      rev INTEGER NOT NULL,
      priority INTEGER NOT NULL,
      message TEXT NOT NULL,
      classtype TEXT NOT NULL,
      -- Place in the files.
      place INTEGER NOT NULL,
      text TEXT NOT NULL
    );
    CREATE UNIQUE INDEX rules_key ON rules (source, gid, sid);
    CREATE INDEX rules_sid ON rules (sid, source);
    CREATE INDEX rules_class ON rules (classtype);
    CREATE TABLE rule_refused (
      source INTEGER NOT NULL REFERENCES rule_sources (id) ON DELETE CASCADE,
      file TEXT NOT NULL,
      line INTEGER NOT NULL,
      sid INTEGER NOT NULL,
      keyword TEXT NOT NULL,
      reason TEXT NOT NULL
    );
    CREATE INDEX rule_refused_source ON rule_refused (source);
    -- What is switched off: a rule by its number, or a class.
    CREATE TABLE rule_off (
      what TEXT NOT NULL CHECK (what IN ('sid', 'class')),
      value TEXT NOT NULL,
      PRIMARY KEY (what, value)
    ) WITHOUT ROWID;
    -- What was found since the database is there: of a rule by its number, of a list by the id of its source.
    CREATE TABLE rule_hits (
      what TEXT NOT NULL CHECK (what IN ('sid', 'list')),
      key INTEGER NOT NULL,
      hits INTEGER NOT NULL,
      last_at REAL NOT NULL,
      capture INTEGER,
      PRIMARY KEY (what, key)
    ) WITHOUT ROWID;
  `,
};

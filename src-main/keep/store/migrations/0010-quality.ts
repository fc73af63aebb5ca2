import type { Migration } from '../migrate.ts';

/** Warnings about a capture as such that somebody has put away. */
export const quality: Migration = {
  version: 10,
  sql: `
    CREATE TABLE quality_dismissed (
      capture INTEGER NOT NULL REFERENCES captures (id) ON DELETE CASCADE,
      code TEXT NOT NULL,
      at REAL NOT NULL,
      author TEXT NOT NULL,
      PRIMARY KEY (capture, code)
    ) WITHOUT ROWID;
  `,
};

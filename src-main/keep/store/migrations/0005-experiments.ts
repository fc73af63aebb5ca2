import type { Migration } from '../migrate.ts';

/** Experiments of the lab. Numbers are never given again: a link to one that was removed must not lead to another. */
export const experiments: Migration = {
  version: 5,
  sql: `
    CREATE TABLE experiments (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      name TEXT NOT NULL,
      created_at INTEGER NOT NULL,
      user TEXT NOT NULL,
      -- JSON each: the options that reproduce it, the paths of its files, what a list shows of it, its report.
      options TEXT NOT NULL,
      files TEXT NOT NULL,
      summary TEXT NOT NULL,
      report TEXT NOT NULL
    );
  `,
};

/** Numbered migrations: each one transaction together with its version. */
import type Database from 'better-sqlite3';
import { SondeError } from '../../../src-shared/errors.ts';
import { first } from './migrations/0001-first.ts';
import { desk } from './migrations/0002-desk.ts';
import { names } from './migrations/0003-names.ts';
import { devices } from './migrations/0004-devices.ts';
import { alerts } from './migrations/0007-alerts.ts';
import { labModels } from './migrations/0006-lab-models.ts';
import { experiments } from './migrations/0005-experiments.ts';
import { falseAlarms } from './migrations/0008-false-alarms.ts';
import { rules } from './migrations/0009-rules.ts';
import { quality } from './migrations/0010-quality.ts';
import { search } from './migrations/0011-search.ts';
import { processes } from './migrations/0012-processes.ts';

export interface Migration {
  /** `user_version` of the database after it. */
  version: number;
  sql: string;
}

/** In order; a released migration never changes. */
export const MIGRATIONS: readonly Migration[] = [
  first,
  desk,
  names,
  devices,
  experiments,
  labModels,
  alerts,
  falseAlarms,
  rules,
  quality,
  search,
  processes,
];

export const NEWEST = MIGRATIONS.at(-1)?.version ?? 0;

/** "SOND": marks a file as one of ours (PRAGMA application_id). */
export const APPLICATION_ID = 0x534f4e44;

/**
 * Refuses, before anything is written, what is not a Sonde database or comes from a newer Sonde.
 *
 * @throws SondeError `wrong-version`, or `not-a-database`.
 */
export function checkOwner(db: Database.Database, path: string): void {
  const application = db.pragma('application_id', { simple: true });
  const version = Number(db.pragma('user_version', { simple: true }));
  if (application !== APPLICATION_ID) {
    const tables = db.prepare('SELECT count(*) AS n FROM sqlite_schema').get() as { n: number };
    if (tables.n === 0 && version === 0 && application === 0) return;
    throw new SondeError(
      'not-a-database',
      `${path}: a database of another program`,
      path,
      'Name a new file, or one that Sonde made.',
    );
  }
  const views = db.prepare("SELECT count(*) AS n FROM sqlite_schema WHERE type = 'view'").get() as { n: number };
  if (views.n > 0) {
    const message = `${path}: somebody has put views into it, which Sonde has none of`;
    throw new SondeError('not-a-database', message, path, 'Name a new file, or one that Sonde made.');
  }
  if (version > NEWEST) {
    throw new SondeError(
      'wrong-version',
      `${path}: made by a newer Sonde (schema ${version}, this one knows ${NEWEST}); it was left as it is`,
      path,
      'Update Sonde, or name another file.',
    );
  }
}

/** Brings the database up to date. Every step is one transaction: a killed process leaves a whole version. */
export function migrate(db: Database.Database, migrations: readonly Migration[] = MIGRATIONS): void {
  const version = Number(db.pragma('user_version', { simple: true }));
  for (const migration of migrations) {
    if (migration.version <= version) continue;
    db.transaction(() => {
      // Another process may have done it while this one waited for the lock.
      if (Number(db.pragma('user_version', { simple: true })) >= migration.version) return;
      db.exec(migration.sql);
      db.pragma(`application_id = ${APPLICATION_ID}`);
      db.pragma(`user_version = ${migration.version}`);
    }).immediate();
  }
}

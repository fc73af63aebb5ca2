/** A database that came from elsewhere: it must be what Sonde makes, no more, before it is written to. */
import Database from 'better-sqlite3';
import { SondeError } from '../../../src-shared/errors.ts';
import { storeError } from './database.ts';
import { checkOwner, migrate, MIGRATIONS } from './migrate.ts';

interface Part {
  type: string;
  name: string;
  sql: string | null;
}

function schemaOf(db: Database.Database): Map<string, string> {
  const parts = db.prepare('SELECT type, name, sql FROM sqlite_schema').all() as Part[];
  return new Map(parts.map(({ type, name, sql }) => [`${type} ${name}`, sql ?? '']));
}

/** Every table, index and trigger must be one that migrations make: triggers of others would run when we write. */
function checkSchema(db: Database.Database): string | null {
  const version = Number(db.pragma('user_version', { simple: true }));
  const made = new Database(':memory:');
  try {
    migrate(
      made,
      MIGRATIONS.filter((migration) => migration.version <= version),
    );
    const [known, found] = [schemaOf(made), schemaOf(db)];
    const odd = [...found].find(([key, sql]) => known.get(key) !== sql)?.[0];
    if (odd !== undefined) return `holds ${odd}, which Sonde does not make`;
    const missing = [...known.keys()].find((key) => !found.has(key));
    return missing === undefined ? null : `lacks ${missing}`;
  } finally {
    made.close();
  }
}

/** @throws SondeError `not-a-database`, `wrong-version` */
export function checkForeign(path: string): void {
  let db: Database.Database | undefined;
  try {
    db = new Database(path, { readonly: true, fileMustExist: true });
    db.pragma('trusted_schema = OFF');
    checkOwner(db, path);
    if (Number(db.pragma('user_version', { simple: true })) === 0) throw odd(path, 'is empty');
    const fault = checkSchema(db) ?? (db.pragma('quick_check(1)', { simple: true }) === 'ok' ? null : 'is damaged');
    if (fault !== null) throw odd(path, fault);
  } catch (error) {
    throw storeError(error, path);
  } finally {
    db?.close();
  }
}

function odd(path: string, what: string): SondeError {
  return new SondeError(
    'not-a-database',
    `${path}: ${what}`,
    path,
    'Ask for the case again; do not rely on this file.',
  );
}

/** Where packets of captures lie by now: `places` has the file for what the database names. Others are forgotten. */
export function placeInputs(path: string, places: ReadonlyMap<string, string>): void {
  const db = new Database(path, { fileMustExist: true });
  try {
    const named = db.prepare('SELECT capture, number, path FROM inputs').all() as {
      capture: number;
      number: number;
      path: string;
    }[];
    const set = db.prepare('UPDATE inputs SET path = ? WHERE capture = ? AND number = ?');
    db.transaction(() => {
      for (const input of named) set.run(places.get(input.path) ?? '', input.capture, input.number);
    })();
  } finally {
    db.close();
  }
}

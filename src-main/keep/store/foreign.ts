/** A database that came from elsewhere: it must be what Sonde makes, no more, before it is written to. */
import Database from 'better-sqlite3';
import { SondeError } from '../../../src-shared/errors.ts';
import { storeError } from './database.ts';
import { DESK_SETTINGS } from './queries/common.ts';
import { oddValue } from './foreign-values.ts';
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

/** Those that stay and are read: the others are emptied. */
function tablesIn(db: Database.Database): string[] {
  const tables = db.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").pluck().all() as string[];
  return tables.filter((name) => EVIDENCE.has(name));
}

/** @throws SondeError `not-a-database`, `wrong-version` */
export function checkForeign(path: string): void {
  let db: Database.Database | undefined;
  try {
    db = new Database(path, { readonly: true, fileMustExist: true });
    db.pragma('trusted_schema = OFF');
    checkOwner(db, path);
    if (Number(db.pragma('user_version', { simple: true })) === 0) throw odd(path, 'is empty');
    const isWhole = (): boolean => db?.pragma('quick_check(1)', { simple: true }) === 'ok';
    const fault = checkSchema(db) ?? (isWhole() ? oddValue(db, tablesIn(db)) : 'is damaged');
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

/** What belongs to incidents; the rest (channels, rules, models, suppressions …) is a desk's own and does things by itself. */
const EVIDENCE: ReadonlySet<string> = new Set([
  'captures',
  'inputs',
  'hosts',
  'flows',
  'windows',
  'incidents',
  'evidence',
  'incident_flows',
  'incident_changes',
  'settings',
  'timeline',
  'host_names',
  'host_macs',
  'quality_dismissed',
  'audit',
]);

/**
 * Takes out of a database from elsewhere what would act on this machine once a desk opens it: where alerts are sent, what
 * is written and read, rules, models. Of the settings those of the desk stay, without names of files, and nothing is
 * removed by age.
 */
function disarm(db: Database.Database): void {
  const tables = db.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'").pluck();
  db.exec('UPDATE incidents SET suppressed_by = NULL WHERE suppressed_by IS NOT NULL');
  for (const name of tables.all() as string[]) if (!EVIDENCE.has(name)) db.exec(`DELETE FROM "${name}"`);
  db.prepare('DELETE FROM settings WHERE key <> ? OR NOT json_valid(value)').run(DESK_SETTINGS);
  db.exec(
    `UPDATE settings SET value = json_set(json_remove(value, '$.geo'), '$.retentionDays', 0, '$.tourSeen', json('true'))`,
  );
}

/**
 * Where packets of captures lie by now: `places` has the file for what the database names, others are forgotten; and takes
 * out what would do things by itself.
 */
export function placeInputs(path: string, places: ReadonlyMap<string, string>): void {
  const db = new Database(path, { fileMustExist: true });
  try {
    // Whole tables go, in any order.
    db.pragma('foreign_keys = OFF');
    const named = db.prepare('SELECT capture, number, path FROM inputs').all() as {
      capture: number;
      number: number;
      path: string;
    }[];
    const set = db.prepare('UPDATE inputs SET path = ? WHERE capture = ? AND number = ?');
    db.transaction(() => {
      disarm(db);
      for (const input of named) set.run(places.get(input.path) ?? '', input.capture, input.number);
    })();
  } finally {
    db.close();
  }
}

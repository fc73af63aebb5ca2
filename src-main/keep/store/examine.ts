/** Looks at a database without changing a byte of it: for `sonde doctor`. */
import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import Database from 'better-sqlite3';
import { exists, storeError } from './database.ts';
import { checkOwner, NEWEST } from './migrate.ts';

/** As many faults are listed. */
const FAULTS_MAX = 10;

export interface Examination {
  version: number;
  /** The version that this Sonde writes. */
  newest: number;
  /** Of the file and of what is still in its log. */
  bytes: number;
  /** What SQLite found wrong, a sentence each; empty where it is sound. */
  faults: string[];
  captures: number;
  incidents: number;
  /** Captures whose reading was never ended. */
  incomplete: number;
}

export function sqliteVersion(): string {
  const db = new Database(':memory:');
  try {
    return (db.prepare('SELECT sqlite_version() AS version').get() as { version: string }).version;
  } finally {
    db.close();
  }
}

function sizeOf(path: string): number {
  try {
    return statSync(path).size;
  } catch {
    return 0;
  }
}

/** Faults of pages; `thorough` also compares every index with its table, which takes several times as long. */
function faultsOf(db: Database.Database, thorough: boolean): string[] {
  const pragma = `${thorough ? 'integrity_check' : 'quick_check'}(${FAULTS_MAX})`;
  const said = db.pragma(pragma) as Record<string, string>[];
  const faults = said.map((row) => Object.values(row)[0] ?? '').filter((text) => text !== 'ok');
  if (faults.length > 0) return faults;
  const orphans = db.pragma('foreign_key_check') as { table: string }[];
  return orphans.slice(0, FAULTS_MAX).map(({ table }) => `a row of ${table} belongs to nothing`);
}

function countOf(db: Database.Database, sql: string): number {
  return (db.prepare(sql).get() as { n: number }).n;
}

/**
 * @throws SondeError where it is no database of ours, is newer than this Sonde, or cannot be read at all.
 */
export function examineDatabase(path: string, thorough: boolean): Examination {
  let db: Database.Database | undefined;
  try {
    exists(path);
    db = new Database(resolve(path), { readonly: true, fileMustExist: true });
    checkOwner(db, path);
    const version = Number(db.pragma('user_version', { simple: true }));
    const faults = faultsOf(db, thorough);
    const isCountable = faults.length === 0 && version > 0;
    const count = (sql: string): number => (isCountable ? countOf(db!, sql) : 0);
    return {
      version,
      newest: NEWEST,
      bytes: sizeOf(path) + sizeOf(`${path}-wal`),
      faults,
      captures: count('SELECT count(*) AS n FROM captures'),
      incidents: count('SELECT count(*) AS n FROM incidents'),
      incomplete: count("SELECT count(*) AS n FROM captures WHERE status = 'incomplete'"),
    };
  } catch (error) {
    throw storeError(error, path);
  } finally {
    db?.close();
  }
}

/** Rows by table: how much is kept, and nothing of what. @throws SondeError as `examineDatabase` */
export function tableSizes(path: string): Record<string, number> {
  let db: Database.Database | undefined;
  try {
    exists(path);
    db = new Database(resolve(path), { readonly: true, fileMustExist: true });
    checkOwner(db, path);
    const names = db
      .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name")
      .all() as { name: string }[];
    const count = (name: string): number => countOf(db!, `SELECT count(*) AS n FROM "${name.replaceAll('"', '""')}"`);
    return Object.fromEntries(names.map(({ name }) => [name, count(name)]));
  } catch (error) {
    throw storeError(error, path);
  } finally {
    db?.close();
  }
}

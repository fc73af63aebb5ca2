/** Whether some program is there that sends what waits in the queue of a database. */
import { closeSync, existsSync, openSync } from 'node:fs';
import { resolve } from 'node:path';
import Database from 'better-sqlite3';

/** Beside the database: whoever sends from it holds its lock, together with others who do. */
const fileOf = (path: string): string => `${resolve(path)}.sending`;
/** Of the desk, which has a database for itself (`claimDatabase`). */
const claimOf = (path: string): string => `${resolve(path)}.lock`;

/**
 * From now on this process sends what waits in the database at `path`, until the function it returns is called or the
 * process ends, however it does. Where no lock can be had nothing but a hint for people is missing.
 */
export function shareSending(path: string): () => void {
  let lock: Database.Database | undefined;
  try {
    closeSync(openSync(fileOf(path), 'a', 0o600));
    lock = new Database(fileOf(path), { timeout: 0 });
    // A read within a transaction holds a lock that many may hold, and that keeps out who wants it alone.
    lock.exec('BEGIN; SELECT count(*) FROM sqlite_master');
  } catch {
    lock?.close();
    return () => undefined;
  }
  const held = lock;
  return () => void held.close();
}

function isHeld(file: string): boolean {
  if (!existsSync(file)) return false;
  let lock: Database.Database | undefined;
  try {
    lock = new Database(file, { timeout: 0, fileMustExist: true });
    lock.exec('BEGIN EXCLUSIVE; ROLLBACK');
    return false;
  } catch (error) {
    return error instanceof Error && 'code' in error && String(error.code).startsWith('SQLITE_BUSY');
  } finally {
    lock?.close();
  }
}

/** Whether a desk or `sonde watch` runs that sends what waits in the database at `path`. */
export const isSending = (path: string): boolean => isHeld(fileOf(path)) || isHeld(claimOf(path));

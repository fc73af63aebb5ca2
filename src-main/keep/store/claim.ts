/** A desk's claim on a database: two desks on one would each miss what the other changes. */
import { chmodSync, closeSync, openSync, rmSync } from 'node:fs';
import { resolve } from 'node:path';
import Database from 'better-sqlite3';
import { SondeError } from '../../../src-shared/errors.ts';

/** How long a desk that is ending may still hold it, ms. */
const PATIENCE_MS = 1000;

export interface Claim {
  /** Lets others have it. */
  release(): void;
  /** As if it had never been: also for a database that turned out not to be one. */
  forget(): void;
}

/**
 * Claims the database at `path` for this process, by a lock on a small file beside it (`path`.lock) that the operating
 * system takes back however the process ends; SQLite carries it to every platform. Commands that add one capture need
 * no claim: SQLite's own locks keep them apart.
 *
 * @throws SondeError `database-busy` where another desk has it. Where no lock can be had at all, opening the database
 * itself will say why.
 */
export function claimDatabase(path: string): Claim {
  let lock: Database.Database | undefined;
  try {
    closeSync(openSync(`${resolve(path)}.lock`, 'a', 0o600));
    // One of an earlier version: whoever may read it could hold its lock against its owner.
    if (process.platform !== 'win32') chmodSync(`${resolve(path)}.lock`, 0o600);
    lock = new Database(`${resolve(path)}.lock`, { timeout: PATIENCE_MS });
    lock.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    lock?.close();
    const busy = error instanceof Error && 'code' in error && String(error.code).startsWith('SQLITE_BUSY');
    if (!busy) return { release: () => undefined, forget: () => undefined };
    const cure = 'Use that one, or end it; or name another database.';
    throw new SondeError('database-busy', `${path}: another desk has it open`, path, cure, { cause: error });
  }
  const held = lock;
  return {
    // The file stays: whoever waits for its lock would else hold one that nobody sees.
    release: () => void held.close(),
    forget: () => {
      rmSync(held.name, { force: true });
      held.close();
    },
  };
}

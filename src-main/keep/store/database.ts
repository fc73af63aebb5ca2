/** Opens the database; used by the store's worker only. */
import { closeSync, openSync, rmSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import Database from 'better-sqlite3';
import { SondeError } from '../../../src-shared/errors.ts';
import { checkOwner, migrate, NEWEST } from './migrate.ts';

/** How long a writer waits for another process, ms. */
const BUSY_MS = 5000;

/** Memory for pages of the database, KiB. */
export const CACHE_KIB = 256 * 1024;
/** Pages in the log before they go to the database: an index page that changes often is then written once. */
const CHECKPOINT_PAGES = 16_384;

/** What the system says of a place where no file can be made. */
const NO_WAY = new Set(['ENOENT', 'ENOTDIR', 'EACCES', 'EPERM', 'EROFS', 'EIO']);

/** What they say of a full one; SHMSIZE: the index beside the log cannot grow. */
const FULL = new Set(['SQLITE_FULL', 'SQLITE_IOERR_SHMSIZE', 'ENOSPC', 'EDQUOT']);

/** What SQLite and the system say, in our words. */
export function storeError(error: unknown, path: string): unknown {
  if (error instanceof SondeError || !(error instanceof Error)) return error;
  const code = 'code' in error ? String(error.code) : '';
  const make = (kind: ConstructorParameters<typeof SondeError>[0], what: string, cure: string): SondeError =>
    new SondeError(kind, `${path}: ${what}`, path, cure, { cause: error });
  if (FULL.has(code)) {
    return make('disk-full', 'the disk is full; what was kept before is unharmed', 'Free some space, then try again.');
  }
  if (code.startsWith('SQLITE_BUSY') || code.startsWith('SQLITE_LOCKED')) {
    return make('database-busy', 'another program is writing to it', 'Close that program, then try again.');
  }
  if (code === 'SQLITE_NOTADB')
    return make('not-a-database', 'not a database', 'Name a new file, or one that Sonde made.');
  if (code.startsWith('SQLITE_CORRUPT')) {
    return make(
      'not-a-database',
      'the database is damaged; it was left as it is',
      'Keep a copy, and name another file.',
    );
  }
  // better-sqlite3 looks for the folder itself and throws a plain TypeError.
  const noFolder = error instanceof TypeError && error.message.includes('directory does not exist');
  if (
    noFolder ||
    code.startsWith('SQLITE_CANTOPEN') ||
    code === 'SQLITE_READONLY' ||
    code.startsWith('SQLITE_IOERR') ||
    NO_WAY.has(code)
  ) {
    return make(
      'write-failed',
      `cannot be opened for writing (${error.message})`,
      'Check the folder and its permissions.',
    );
  }
  return error;
}

/** Whether something is there. @throws SondeError where that is no file that could be a database */
export function exists(path: string): boolean {
  try {
    const stats = statSync(path);
    if (stats.isDirectory()) {
      throw new SondeError('is-a-directory', `${path}: is a directory`, path, 'Name a file in it.');
    }
    // A pipe would hold up whoever opens it, for good.
    if (!stats.isFile()) {
      const cure = 'Name a new file, or one that Sonde made.';
      throw new SondeError('not-a-database', `${path}: is not a regular file`, path, cure);
    }
    return true;
  } catch (error) {
    if (error instanceof SondeError) throw error;
    return false;
  }
}

/** The database, and what SQLite puts beside it. */
const ENDINGS = ['', '-wal', '-shm', '-journal'];

/** Whether it was not there before. */
function makeFile(path: string): boolean {
  if (exists(path)) return false;
  try {
    closeSync(openSync(path, 'ax', 0o600));
    return true;
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    // Somebody was faster, or it is a link to nothing.
    closeSync(openSync(path, 'a', 0o600));
    return false;
  }
}

function isFinished(db: Database.Database | undefined): boolean {
  try {
    return db !== undefined && Number(db.pragma('user_version', { simple: true })) >= NEWEST;
  } catch {
    return false;
  }
}

/**
 * Opens or makes the database at `path`, in WAL mode, with its schema up to date. One that is not ours, or newer, is
 * refused without a byte of it changed.
 *
 * @throws SondeError saying what is wrong and what to do.
 */
export function openDatabase(path: string): Database.Database {
  let made = false;
  let db: Database.Database | undefined;
  try {
    if (exists(path)) {
      const look = new Database(resolve(path), { readonly: true, fileMustExist: true });
      try {
        checkOwner(look, path);
      } finally {
        look.close();
      }
    }
    // For its owner alone, as it tells who talked to whom; SQLite gives the files beside it the same permissions.
    made = makeFile(resolve(path));
    db = new Database(resolve(path), { timeout: BUSY_MS });
    db.pragma('journal_mode = WAL');
    db.pragma('synchronous = NORMAL');
    db.pragma('foreign_keys = ON');
    db.pragma('trusted_schema = OFF');
    // Indexes grow at random places: with SQLite's 2 MB of cache every row of a large import would read pages again.
    db.pragma(`cache_size = -${CACHE_KIB}`);
    db.pragma(`wal_autocheckpoint = ${CHECKPOINT_PAGES}`);
    checkOwner(db, path);
    migrate(db);
    return db;
  } catch (error) {
    // Whoever else has it by now may have brought it up to date: then it is theirs.
    const isOurs = made && !isFinished(db);
    db?.close();
    if (isOurs) for (const end of ENDINGS) rmSync(`${resolve(path)}${end}`, { force: true });
    throw storeError(error, path);
  }
}

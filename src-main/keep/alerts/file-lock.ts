/** A lock that is a file: one program at a time, also where one of them was killed while it had it. */
import { closeSync, linkSync, openSync, renameSync, rmSync, statSync } from 'node:fs';
import { setTimeout as after } from 'node:timers/promises';

/** What is done under the lock takes moments: whoever has had it this long was killed, ms. */
const STALE_MS = 10_000;
const WAIT_MS = 5;

const codeOf = (error: unknown): string => (error instanceof Error && 'code' in error ? String(error.code) : '');

/** Whether it was made. @throws whatever else the file system says */
function take(path: string): boolean {
  try {
    closeSync(openSync(path, 'wx', 0o600));
    return true;
  } catch (error) {
    // Windows says EPERM while another program removes it.
    if (codeOf(error) === 'EEXIST' || (process.platform === 'win32' && codeOf(error) === 'EPERM')) return false;
    throw error;
  }
}

/** Also where the clock was set back. */
const isStale = (path: string): boolean => Math.abs(Date.now() - statSync(path).mtimeMs) >= STALE_MS;

/** Removes it where it is stale. Moved first: of several that see it, one gets it. */
function clear(path: string): void {
  try {
    if (!isStale(path)) return;
    const aside = `${path}.${process.pid}`;
    renameSync(path, aside);
    // Another program cleared it in between, and has it now: it goes back to where it was.
    if (!isStale(aside)) linkSync(aside, path);
    rmSync(aside, { force: true });
  } catch (error) {
    if (!['ENOENT', 'EEXIST'].includes(codeOf(error))) throw error;
  }
}

/** `work` must not wait for anything. @throws whatever the file system or `work` says */
export async function underLock<T>(path: string, work: () => T): Promise<T> {
  while (!take(path)) {
    clear(path);
    await after(WAIT_MS + Math.random() * WAIT_MS);
  }
  try {
    return work();
  } finally {
    rmSync(path, { force: true });
  }
}

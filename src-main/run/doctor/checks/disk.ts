/** Room, and the right to write, where Sonde keeps things. */
import { accessSync, constants, existsSync, statfsSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname } from 'node:path';
import { failed, note, ok, warning, type Check, type CheckResult } from '../types.ts';

const GIBIBYTE = 2 ** 30;
/** A capture of a few million packets and its flows. */
const ROOM_LEAST = GIBIBYTE;
const OTHERS = 0o077;

/** The nearest folder above that is there. */
function nearest(path: string): string {
  return existsSync(path) || dirname(path) === path ? path : nearest(dirname(path));
}

/** @throws what the system says */
function roomOf(folder: string): CheckResult {
  const { bavail, bsize } = statfsSync(folder);
  const free = bavail * bsize;
  const message = `${folder}: ${(free / GIBIBYTE).toFixed(1)} GiB free`;
  if (free >= ROOM_LEAST) return ok(message);
  return warning(
    message,
    'Free some space: what is kept of a capture takes about a tenth of it, and flows spill to disk.',
  );
}

function lookAt(folder: string): CheckResult {
  const there = nearest(folder);
  try {
    accessSync(there, constants.W_OK | constants.X_OK);
    return roomOf(there);
  } catch (error) {
    const why = error instanceof Error ? error.message : '';
    return failed(`${there} cannot be written to (${why})`, `Give it to this user: chown or chmod ${there}.`);
  }
}

export const dataFolderCheck: Check = {
  id: 'data-folder',
  title: 'Data folder',
  run: async ({ dataFolder }) => {
    const found = lookAt(dataFolder);
    if (!existsSync(dataFolder)) return found.state === 'ok' ? note(`${dataFolder}: not made yet`) : found;
    const isOpen = process.platform !== 'win32' && (statSync(dataFolder).mode & OTHERS) !== 0;
    if (!isOpen || found.state !== 'ok') return found;
    return warning(`${found.message}; other users may look into it`, `chmod 700 ${dataFolder}`);
  },
};

export const temporary: Check = {
  id: 'temporary-folder',
  title: 'Folder for temporary files',
  run: async () => lookAt(tmpdir()),
};

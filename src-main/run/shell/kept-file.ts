/** A file that was made for the user goes where the user wants it. Captures that were read are never written over. */
import { constants, copyFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { SondeError } from '../../../src-shared/errors.ts';
import type { Desk } from '../api/desk.ts';
import { usedFiles } from '../api/topics/captures.ts';

const codeOf = (error: unknown): unknown => (error instanceof Error && 'code' in error ? error.code : undefined);

function writeFault(to: string, error: unknown): SondeError {
  const code = codeOf(error);
  const full = code === 'ENOSPC' || code === 'EDQUOT';
  return new SondeError(
    full ? 'disk-full' : 'write-failed',
    full ? `${to}: the disk is full` : `${to}: cannot be written`,
    to,
    full ? 'Make room, or choose another place.' : 'Choose another place.',
    { cause: error },
  );
}

/** Which file it is, whatever it is called: by a link or in other letters it is still the same. */
function identity(path: string): string | null {
  try {
    const { dev, ino } = statSync(path, { bigint: true });
    return `${dev} ${ino}`;
  } catch {
    return null;
  }
}

/** @throws SondeError `not-allowed` where a capture was read from this file */
export async function protect(desk: Pick<Desk, 'readers'>, to: string): Promise<void> {
  const found = identity(to);
  if (found === null) return;
  for (const path of await usedFiles(desk)) {
    if (identity(path) !== found) continue;
    const cure = 'Choose another name: captures are never overwritten.';
    throw new SondeError('not-allowed', `${to} is a capture that the desk has read`, to, cure);
  }
}

/** Moves a file, also to another disk; what was there before stays until the new one is whole. @throws SondeError */
export function moveFile(from: string, to: string): void {
  const part = `${to}.part`;
  try {
    renameSync(from, to);
    return;
  } catch (error) {
    if (codeOf(error) !== 'EXDEV') throw writeFault(to, error);
  }
  try {
    copyFileSync(from, part, constants.COPYFILE_EXCL);
    renameSync(part, to);
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') rmSync(part, { force: true });
    throw writeFault(to, error);
  }
  rmSync(from, { force: true });
}

/** Where it fails, the file is still there to be saved elsewhere. @throws SondeError */
export async function save(desk: Pick<Desk, 'readers' | 'downloads'>, id: string, to: string): Promise<void> {
  const { path } = desk.downloads.get(id);
  await protect(desk, to);
  moveFile(path, to);
  desk.downloads.remove(id);
}

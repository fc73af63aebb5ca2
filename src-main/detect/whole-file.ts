/** Files that are there whole or not at all. */
import { randomBytes } from 'node:crypto';
import { open, realpath, rename, rm, stat, type FileHandle } from 'node:fs/promises';
import path from 'node:path';

/** A device or a pipe is written into: nothing may take its place. */
async function isSpecial(target: string): Promise<boolean> {
  const found = await stat(target).catch(() => undefined);
  return found !== undefined && !found.isFile() && !found.isDirectory();
}

async function writeInto<T>(target: string, work: (file: FileHandle) => Promise<T>): Promise<T> {
  const file = await open(target, 'w');
  try {
    return await work(file);
  } finally {
    await file.close();
  }
}

/**
 * Lets `work` write beside the target and renames what it wrote; where it fails nothing is left. A link is followed. The name beside
 * it cannot be guessed, nor be a link that somebody laid there.
 */
export async function writeWhole<T>(target: string, work: (file: FileHandle) => Promise<T>): Promise<T> {
  if (await isSpecial(target)) return writeInto(target, work);
  const real = await realpath(target).catch(() => target);
  const beside = path.join(path.dirname(real), `.${path.basename(real)}.${randomBytes(6).toString('hex')}.partial`);
  const file = await open(beside, 'wx');
  try {
    const done = await work(file);
    await file.close();
    await rename(beside, real);
    return done;
  } catch (error) {
    await file.close().catch(() => undefined);
    await rm(beside, { force: true });
    throw error;
  }
}

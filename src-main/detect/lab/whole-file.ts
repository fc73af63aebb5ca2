/** Files that are there whole or not at all. */
import { open, rename, rm, type FileHandle } from 'node:fs/promises';
import path from 'node:path';

/** Lets `work` write beside the target and renames what it wrote; where it fails nothing is left. */
export async function writeWhole<T>(target: string, work: (file: FileHandle) => Promise<T>): Promise<T> {
  const beside = path.join(path.dirname(target), `.${path.basename(target)}.${process.pid}.partial`);
  const file = await open(beside, 'w');
  try {
    const done = await work(file);
    await file.close();
    await rename(beside, target);
    return done;
  } catch (error) {
    await file.close().catch(() => undefined);
    await rm(beside, { force: true });
    throw error;
  }
}

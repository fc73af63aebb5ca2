/** Files and folders of Sigma rules as people name them. */
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { SondeError } from '../../../src-shared/errors.ts';
import { SIGMA_LIMITS } from '../../detect/signatures/sigma/limits.ts';
import { Sigma, type SigmaText } from '../../detect/signatures/sigma/sigma.ts';
import { readText, unread } from './rules/read-text.ts';

const ENDING = /\.ya?ml$/i;

export function isSigmaFile(path: string): boolean {
  return ENDING.test(path);
}

/** Adds a folder's files that end in .yml or .yaml, and those of folders in it, by name. Links are not followed. */
async function gather(folder: string, depth: number, files: string[]): Promise<void> {
  const entries = await readdir(folder, { withFileTypes: true });
  entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const entry of entries) {
    const path = join(folder, entry.name);
    if (entry.isDirectory() && depth < SIGMA_LIMITS.folderDepth) await gather(path, depth + 1, files);
    else if (entry.isFile() && isSigmaFile(entry.name)) files.push(path);
    if (files.length > SIGMA_LIMITS.files)
      throw new SondeError('read-failed', `${folder}: more than ${SIGMA_LIMITS.files} files`, folder, 'Name fewer.');
  }
}

/** The file itself; of a folder those in it and below it that end in .yml or .yaml, by name; maybe none. @throws SondeError */
export async function sigmaFiles(path: string): Promise<string[]> {
  try {
    if (!(await stat(path)).isDirectory()) return [path];
    const files: string[] = [];
    await gather(path, 0, files);
    return files;
  } catch (error) {
    throw unread(error, path);
  }
}

/** @throws SondeError `not-found`, `read-failed` where a file cannot be read, or a folder has none */
export async function readSigma(paths: readonly string[]): Promise<Sigma> {
  const texts: SigmaText[] = [];
  for (const path of paths) {
    const files = await sigmaFiles(path);
    if (files.length === 0) {
      const cure = 'Name the files, or give them names that end in .yml.';
      throw new SondeError('not-found', `${path}: no file in it ends in .yml or .yaml`, path, cure);
    }
    for (const file of files) texts.push({ file, text: await readText(file, SIGMA_LIMITS.fileBytes) });
  }
  return Sigma.of(texts);
}

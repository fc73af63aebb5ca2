/**
 * Whether a program may be run as the capture helper: only where nobody but root, or who is asking, could have put it
 * there or can change it. Whoever can replace it would see all traffic that the user may see.
 */
import { lstat, realpath } from 'node:fs/promises';
import { dirname } from 'node:path';

const WRITABLE_BY_OTHERS = 0o022;
const STICKY = 0o1000;
const SET_ID = 0o6000;

export type Trust = { ok: true; path: string } | { ok: false; missing: boolean; why: string };

const refused = (why: string): Trust => ({ ok: false, missing: false, why });

/** Checks the file behind `path` and every folder above it. `user` is the id of who runs it. */
export async function checkTrust(path: string, user: number = process.getuid?.() ?? -1): Promise<Trust> {
  let real: string;
  try {
    real = await realpath(path);
    const file = await lstat(real);
    if (!file.isFile()) return refused(`${path} is not a file`);
    if ((file.mode & SET_ID) !== 0) return refused(`${path} is set-user-ID or set-group-ID`);
    if (file.uid !== 0 && file.uid !== user) return refused(`${path} belongs to another user`);
    if ((file.mode & WRITABLE_BY_OTHERS) !== 0) return refused(`others may write to ${path}`);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : '';
    if (code === 'ENOENT' || code === 'ENOTDIR') return { ok: false, missing: true, why: `${path} is not there` };
    return refused(`${path} cannot be looked at`);
  }
  for (let folder = dirname(real); ; folder = dirname(folder)) {
    const { uid, mode } = await lstat(folder);
    if (uid !== 0 && uid !== user) return refused(`${folder}, in which it lies, belongs to another user`);
    // In a sticky folder (/tmp) others may add files, but not replace this one.
    if ((mode & WRITABLE_BY_OTHERS) !== 0 && (mode & STICKY) === 0) return refused(`others may write to ${folder}`);
    if (folder === dirname(folder)) return { ok: true, path: real };
  }
}

/** The ring's files on disk: `sonde-ring-<number>-<seconds of its first packet>.pcapng`. */
import { lstat, mkdir, readdir, stat, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';

const NAME = /^sonde-ring-(\d{8,12})-(\d{1,12})\.pcapng$/;

export interface RingFile {
  path: string;
  number: number;
  bytes: number;
  /** Seconds since 1970 UTC of the first packet, and of the last (of a file found on disk: when it was last written). */
  firstSec: number;
  lastSec: number;
}

export function ringPath(directory: string, number: number, firstSec: number): string {
  const seconds = String(Math.max(0, Math.floor(firstSec)));
  return join(directory, `sonde-ring-${String(number).padStart(8, '0')}-${seconds}.pcapng`);
}

/** Node's own `recursive` does not end where a folder is there and takes no other (/proc). */
async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { mode: 0o700 });
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : '';
    if (code === 'EEXIST' && (await stat(path)).isDirectory()) return;
    const parent = dirname(path);
    const orphan = code === 'ENOENT' && !(await stat(parent).catch(() => undefined));
    if (!orphan || parent === path) throw error;
    await makeFolder(parent);
    await mkdir(path, { mode: 0o700 });
  }
}

/** Makes the folder where needed, and lists what an earlier run left in it, oldest first. */
export async function adoptFiles(directory: string): Promise<RingFile[]> {
  await makeFolder(directory);
  const found: RingFile[] = [];
  for (const name of await readdir(directory)) {
    const parts = NAME.exec(name);
    if (!parts) continue;
    const path = join(directory, name);
    const entry = await lstat(path).catch(() => undefined);
    // Folders, links and what went meanwhile are not ours to count or to remove.
    if (!entry?.isFile()) continue;
    const { size, mtimeMs } = entry;
    const lastSec = Math.floor(mtimeMs / 1000);
    found.push({ path, number: Number(parts[1]), bytes: size, firstSec: Number(parts[2]), lastSec });
  }
  return found.sort((a, b) => a.number - b.number);
}

/** Whether a file is gone now. */
export async function removeFile(path: string): Promise<boolean> {
  try {
    await unlink(path);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'ENOENT';
  }
}

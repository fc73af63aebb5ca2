/** The ring's files on disk: `sonde-ring-<number>-<seconds of its first packet>.pcapng`. */
import { mkdir, readdir, stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';

const NAME = /^sonde-ring-(\d{8})-(\d{1,12})\.pcapng$/;

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

/** Makes the folder where needed, and lists what an earlier run left in it, oldest first. */
export async function adoptFiles(directory: string): Promise<RingFile[]> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const found: RingFile[] = [];
  for (const name of await readdir(directory)) {
    const parts = NAME.exec(name);
    if (!parts) continue;
    const path = join(directory, name);
    const { size, mtimeMs } = await stat(path);
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

/** The folder for what is of use only while a desk runs; what killed ones left behind is removed. */
import { lstatSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const NAME = /^sonde-run-(\d+)-\w+$/;

function runs(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/** A new folder for its owner alone. Folders of this user whose process has ended are removed. */
export function temporaryFolder(within = tmpdir()): string {
  for (const name of readdirSync(within)) {
    const pid = Number(NAME.exec(name)?.[1] ?? NaN);
    if (Number.isNaN(pid) || runs(pid)) continue;
    try {
      const { uid } = lstatSync(join(within, name));
      if (process.getuid === undefined || uid === process.getuid()) rmSync(join(within, name), { recursive: true });
    } catch {
      // Gone meanwhile, or not ours to remove.
    }
  }
  return mkdtempSync(join(within, `sonde-run-${process.pid}-`));
}

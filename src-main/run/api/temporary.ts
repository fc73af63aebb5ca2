/** The folder for what is of use only while a desk runs; what killed ones left behind is removed. */
import { lstatSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { processOf, runs } from '../own-data.ts';

/** A new folder for its owner alone. Folders of this user whose process has ended are removed. */
export function temporaryFolder(within = tmpdir()): string {
  for (const name of readdirSync(within)) {
    const pid = processOf(name);
    if (pid === undefined || runs(pid)) continue;
    try {
      const { uid } = lstatSync(join(within, name));
      if (process.getuid === undefined || uid === process.getuid()) rmSync(join(within, name), { recursive: true });
    } catch {
      // Gone meanwhile, or not ours to remove.
    }
  }
  return mkdtempSync(join(within, `sonde-run-${process.pid}-`));
}

/** Opens a case: its parts, each checked, as a folder whose database a desk can serve. */
import { existsSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { SondeError } from '../../../../src-shared/errors.ts';
import { DATABASE, packetsName, type CaseManifest } from '../../../keep/exports/case/manifest.ts';
import { readCase } from '../../../keep/exports/case/read.ts';
import { checkForeign, placeInputs } from '../../../keep/store/foreign.ts';

export interface OpenedCase {
  manifest: CaseManifest;
  /** Absolute. */
  database: string;
}

/**
 * Writes the parts of the case at `path` to `folder`, which must be new. The database must be one that Sonde makes; its
 * captures are then the packets of the case. Where something is wrong, nothing stays.
 *
 * @throws SondeError `damaged-case` naming the part, `not-a-database`, `wrong-version`, `write-failed`
 */
export async function openCase(path: string, folder: string): Promise<OpenedCase> {
  const manifest = await readCase(path, folder);
  const database = join(resolve(folder), DATABASE);
  try {
    checkForeign(database);
    const places = manifest.captures.map(
      ({ number }) => [packetsName(number), join(resolve(folder), packetsName(number))] as const,
    );
    placeInputs(database, new Map(places.filter(([, file]) => existsSync(file))));
    return { manifest, database };
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    if (!(error instanceof SondeError) || error.code !== 'not-a-database') throw error;
    const what = `${path}: its part ${DATABASE} is not one of a case: ${error.message.split(': ').at(-1)}`;
    throw new SondeError('damaged-case', what, path, error.cure, { cause: error });
  }
}

/**
 * `npm start`, `npm start -- FILE …`: from a fresh clone to a result. Until the desk exists, that is triage of the
 * files, or of the sample capture where none is given. A damaged or missing optional part never stops it.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { cliEntry } from './lib/bundle.mjs';
import { foreground } from './lib/child.mjs';
import { ROOT } from './lib/project.mjs';
import { runMain, say, SetupError } from './lib/say.mjs';
import { setUp } from './lib/setup.mjs';

const SAMPLE = join('resources', 'sample', 'office-hour.pcapng.gz');

await runMain(async () => {
  const node = await setUp({ native: true });
  const args = process.argv.slice(2);
  return foreground(node, [cliEntry(ROOT), 'triage', ...(args.length > 0 ? args : [sample()])]);
});

function sample() {
  const path = join(ROOT, SAMPLE);
  if (!existsSync(path)) {
    throw new SetupError(`${SAMPLE} is missing (npm run sample makes it); or give a capture: npm start -- FILE`, 3);
  }
  say(`no file given: reading the sample capture ${SAMPLE}`);
  return path;
}

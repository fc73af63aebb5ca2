/**
 * `npm run screenshots`: a picture of every view of the desk, of the sample capture, into `docs/tour`, for
 * docs/tour.md. The same pictures every time: clock, zone, language, size and motion are fixed.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { foreground } from './lib/child.mjs';
import { ROOT } from './lib/project.mjs';
import { runMain, say, SetupError } from './lib/say.mjs';
import { setUp } from './lib/setup.mjs';

const CHROMIUM = '/usr/bin/chromium';

await runMain(async () => {
  if (!existsSync(CHROMIUM)) throw new SetupError(`${CHROMIUM} is missing: apt-get install chromium`, 3);
  const node = await setUp({ bundle: false });
  say('taking pictures …');
  const folder = process.argv[2] ?? join(ROOT, 'docs', 'tour');
  return foreground(node, [join(ROOT, 'test', 'e2e', 'screenshots.ts'), folder]);
});

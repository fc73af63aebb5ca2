/** `npm run check`: types, lint, format, import boundaries, words. */
import { printCheck, runChecks } from './lib/checks.mjs';
import { ROOT } from './lib/project.mjs';
import { runMain } from './lib/say.mjs';
import { setUp } from './lib/setup.mjs';

await runMain(async () => {
  const node = await setUp({ bundle: false });
  const results = await runChecks(ROOT, node, printCheck);
  return results.every((result) => result.ok) ? 0 : 1;
});

/** `node scripts/run-ts.mjs FILE.ts …`: runs a TypeScript file of the project on the Node that the project needs. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { foreground } from './lib/child.mjs';
import { runMain, SetupError } from './lib/say.mjs';
import { setUp } from './lib/setup.mjs';

await runMain(async () => {
  const [file, ...args] = process.argv.slice(2);
  if (file === undefined) throw new SetupError('usage: node scripts/run-ts.mjs FILE.ts [arguments]', 2);
  if (!existsSync(resolve(file))) throw new SetupError(`there is no ${resolve(file)}`, 3);
  const node = await setUp({ bundle: false });
  return foreground(node, [resolve(file), ...args]);
});

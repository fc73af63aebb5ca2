/**
 * `npm run evaluate:captures`: how well triage names what is wrong, on the real captures that lie beside the project
 * (`../shared`, not part of it). Prints the tables; docs/evaluation.md explains them. Arguments go to each script.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { onPath } from './lib/debian.mjs';
import { foreground } from './lib/child.mjs';
import { ROOT } from './lib/project.mjs';
import { runMain, say, SetupError } from './lib/say.mjs';
import { ready } from './lib/setup.mjs';

const SCRIPTS = ['triage_eval.py', 'robust_eval.py', 'flow_eval.py'];

await runMain(async () => {
  const folder = join(ROOT, '..', 'shared', 'eval');
  if (!existsSync(folder)) throw new SetupError(`there is nothing to evaluate on: ${folder} does not exist`, 3);
  if (!onPath('python3')) throw new SetupError('the evaluation needs python3, and there is none on the PATH', 3);
  const data = join(ROOT, '..', 'shared', 'data');
  await ready(ROOT);
  let worst = 0;
  for (const script of SCRIPTS.filter((name) => existsSync(join(folder, name)))) {
    say(script);
    const code = await foreground('python3', [join(folder, script), data, ...process.argv.slice(2)], { cwd: ROOT });
    worst = Math.max(worst, code);
  }
  return worst;
});

/**
 * `npm run --silent sonde -- …`: the command line, from a checkout, on whatever Node calls it. Standard output is the
 * command's own; it ends as the command ends. package.json starts it by `exec`, or npm's signals would end only the
 * shell between; on Windows, whose shell has no `exec`, it is `node scripts/sonde.mjs …`.
 */
import { pathToFileURL } from 'node:url';
import { cliEntry } from './lib/bundle.mjs';
import { foreground, whenParentEnds } from './lib/child.mjs';
import { ROOT } from './lib/project.mjs';
import { ensureRenderer } from './lib/renderer.mjs';
import { runMain, say } from './lib/say.mjs';
import { ready } from './lib/setup.mjs';

await runMain(async () => {
  const node = await ready(ROOT);
  if (process.argv[2] === 'serve') await ensureRenderer(ROOT, { onBuild: () => say('building the desk …') });
  const entry = cliEntry(ROOT);
  if (node !== process.execPath) return foreground(node, [entry, ...process.argv.slice(2)]);
  whenParentEnds(() => process.kill(process.pid, 'SIGTERM'));
  process.argv[1] = entry;
  await import(pathToFileURL(entry).href);
  return Number(process.exitCode ?? 0);
});

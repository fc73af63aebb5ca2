/**
 * `node scripts/container/stage.mjs FOLDER`: what the Dockerfile copies into its image, made from a checkout whose
 * packages are installed: `FOLDER/sonde`, the command with its Node, desk and data, and `FOLDER/sonde-capture`.
 */
import { chmodSync, copyFileSync, cpSync, mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { stageCommand } from '../hooks/stage.mjs';
import { ensureHelper, helperPath } from '../lib/native.mjs';
import { ROOT } from '../lib/project.mjs';
import { ensureRenderer } from '../lib/renderer.mjs';
import { runMain, say, SetupError } from '../lib/say.mjs';
import { setUp } from '../lib/setup.mjs';

const DATA = ['models', 'rules', 'sample', 'schemas', 'words'];

await runMain(async () => {
  const [folder] = process.argv.slice(2);
  if (folder === undefined) throw new SetupError('usage: node scripts/container/stage.mjs FOLDER', 2);
  const to = join(resolve(folder), 'sonde');
  const node = await setUp();
  await ensureRenderer(ROOT, { onBuild: () => say('building the desk …') });
  if (!(await ensureHelper(ROOT, node))) throw new SetupError('the capture helper did not build');
  mkdirSync(to, { recursive: true });
  stageCommand(ROOT, to, { platform: process.platform, arch: process.arch });
  for (const name of DATA) cpSync(join(ROOT, 'resources', name), join(to, 'resources', name), { recursive: true });
  for (const name of ['sonde', 'healthcheck.mjs']) {
    copyFileSync(join(ROOT, 'resources', 'container', name), join(to, 'bin', name));
    chmodSync(join(to, 'bin', name), 0o755);
  }
  const helper = join(resolve(folder), 'sonde-capture');
  copyFileSync(helperPath(ROOT), helper);
  chmodSync(helper, 0o755);
});

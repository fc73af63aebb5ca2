/**
 * `npm run pack`: the application as a folder, in `release/`. `npm run dist`: the installers for this system. Arguments
 * go to electron-builder (`-- --linux deb`). docs/packaging.md says what it needs and what it fetches.
 */
import { spawnSync } from 'node:child_process';
import { dirname, delimiter, join } from 'node:path';
import { foreground } from './lib/child.mjs';
import { onPath } from './lib/debian.mjs';
import { ROOT } from './lib/project.mjs';
import { runMain } from './lib/say.mjs';
import { setUp } from './lib/setup.mjs';

await runMain(async () => {
  const node = await setUp({ native: true });
  const cli = join(ROOT, 'node_modules', 'electron-builder', 'cli.js');
  const env = { ...process.env, ...tools(), PATH: [dirname(node), process.env['PATH']].join(delimiter) };
  return foreground(node, [cli, '--publish', 'never', ...process.argv.slice(2)], { cwd: ROOT, env });
});

/**
 * deb and rpm by the system's own tools where they are there, which needs no download; times of files by the commit, so
 * that the same commit gives the same packages.
 */
function tools() {
  const { CUSTOM_FPM_PATH, USE_SYSTEM_FPM, SOURCE_DATE_EPOCH } = process.env;
  const env = /** @type {Record<string, string>} */ ({});
  if (CUSTOM_FPM_PATH === undefined && USE_SYSTEM_FPM === undefined && onPath('dpkg-deb'))
    env['CUSTOM_FPM_PATH'] = join(ROOT, 'scripts', 'pack-fpm.mjs');
  const commit = spawnSync('git', ['-C', ROOT, 'log', '-1', '--format=%ct'], { encoding: 'utf8' });
  if (SOURCE_DATE_EPOCH === undefined && commit.status === 0) env['SOURCE_DATE_EPOCH'] = commit.stdout.trim();
  return env;
}

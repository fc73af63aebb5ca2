/**
 * `npm run container:try`: does the Dockerfile's steps in Debian root folders that debootstrap makes, and runs triage,
 * watch and serve in the result under the limits that docs/docker.md names. For machines without a container engine: it
 * is none, and says so. As root on Linux; everything stays below `.cache/container`, but for two network namespaces.
 *   -- --keep    runs in the roots of the last time
 *   -- --lint    only checks the Dockerfile
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { buildStage } from './container/build-root.mjs';
import { tryImages } from './container/try.mjs';
import { ensurePackages, onPath } from './lib/debian.mjs';
import { dockerfileFaults } from './lib/dockerfile-lint.mjs';
import { ignoring, stagesOf } from './lib/dockerfile.mjs';
import { ROOT } from './lib/project.mjs';
import { runMain, say, SetupError } from './lib/say.mjs';

const FOLDER = join(ROOT, '.cache', 'container');
const NEEDED = ['debootstrap', 'tcpreplay', 'openssl', 'unshare', 'ip'].map((program) => ({
  name: { unshare: 'util-linux', ip: 'iproute2' }[program] ?? program,
  present: () => onPath(program),
}));

/** @typedef {import('./container/build-root.mjs').Image} Image */

await runMain(async () => {
  const text = readFileSync(join(ROOT, 'Dockerfile'), 'utf8');
  const dockerignore = readFileSync(join(ROOT, '.dockerignore'), 'utf8');
  const outside = ignoring(dockerignore);
  const faults = dockerfileFaults(text, (path) => existsSync(join(ROOT, path)) && !outside(path));
  for (const fault of faults) process.stdout.write(`${fault}\n`);
  if (faults.length > 0) return 1;
  process.stdout.write('Dockerfile: no faults\n');
  if (process.argv.includes('--lint')) return 0;
  if (process.platform !== 'linux' || process.getuid?.() !== 0) throw new SetupError('root on Linux can do this');
  if (!(await ensurePackages(NEEDED, 'the try of the Dockerfile'))) return 1;
  process.stdout.write('This is a Debian root folder of debootstrap with chroot, NOT a container engine.\n');
  const images = process.argv.includes('--keep') ? kept() : build(text, dockerignore);
  const failed = await tryImages(images, FOLDER);
  process.stdout.write('Tried in a Debian root folder of debootstrap with chroot, NOT in a container engine.\n');
  return failed === 0 ? 0 : 1;
});

/**
 * @param {string} text
 * @param {string} dockerignore
 */
function build(text, dockerignore) {
  const images = /** @type {Map<string, Image>} */ (new Map());
  const place = { context: ROOT, dockerignore, folder: FOLDER, secrets: secrets() };
  for (const stage of stagesOf(text)) {
    const began = Date.now();
    images.set(stage.name, buildStage(stage, images, place));
    say(`[${stage.name}] done in ${Math.round((Date.now() - began) / 1000)} s`);
  }
  writeFileSync(join(FOLDER, 'images.json'), JSON.stringify([...images]));
  return images;
}

function kept() {
  const file = join(FOLDER, 'images.json');
  if (!existsSync(file)) throw new SetupError('there are no roots yet: start without --keep');
  return new Map(/** @type {[string, Image][]} */ (JSON.parse(readFileSync(file, 'utf8'))));
}

/** How this machine's npm reaches the packages, where it is set up in a way of its own. */
function secrets() {
  const found = /** @type {Record<string, string>} */ ({});
  const npmrc =
    process.env['NPM_CONFIG_USERCONFIG'] ?? process.env['npm_config_userconfig'] ?? join(homedir(), '.npmrc');
  if (existsSync(npmrc)) found['npmrc'] = npmrc;
  const asked = spawnSync('npm', ['config', 'get', 'cafile'], { encoding: 'utf8', cwd: ROOT }).stdout.trim();
  const cafile = process.env['NODE_EXTRA_CA_CERTS'] ?? asked;
  if (cafile !== '' && existsSync(cafile)) found['cafile'] = cafile;
  return found;
}

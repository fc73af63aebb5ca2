/** node_modules: installed from the lock file alone, and again only when that has changed. */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { background, tail } from './child.mjs';
import { say, SetupError } from './say.mjs';

const STAMP = '.sonde-lock';

/**
 * @param {string} root
 * @returns {boolean} whether the last set-up installed this very lock file
 */
export function dependenciesAreCurrent(root) {
  return readStamp(root) === lockHash(root);
}

/**
 * Installs what the lock file names where that is not already there. Install scripts do not run (.npmrc): the two
 * packages with a native part are built by name, by lib/native.mjs.
 * @param {string} root
 * @returns {Promise<boolean>} whether anything was installed
 */
export async function ensureDependencies(root) {
  if (dependenciesAreCurrent(root)) return false;
  if (!agrees(root)) await install(root);
  writeFileSync(stampFile(root), lockHash(root));
  return true;
}

/** @param {string} root */
async function install(root) {
  say('installing the locked dependencies (npm ci) …');
  const { command, args, shell } = npm();
  const result = await background(command, [...args, 'ci', '--engine-strict=false'], { cwd: root, shell });
  if (result.ok) return;
  const cure = `cd "${root}" && npm ci`;
  throw new SetupError(`npm ci failed:\n${tail(result.output)}\nsonde: mend that, or try by hand: ${cure}`);
}

/** The npm that started this script, else the one on the PATH. */
function npm() {
  const script = process.env['npm_execpath'];
  if (script !== undefined && /npm-cli\.[cm]?js$/.test(script)) {
    return { command: process.execPath, args: [script], shell: false };
  }
  return { command: 'npm', args: [], shell: process.platform === 'win32' };
}

/** @param {string} root */
function stampFile(root) {
  return join(root, 'node_modules', STAMP);
}

/** @param {string} root */
function readStamp(root) {
  return existsSync(stampFile(root)) ? readFileSync(stampFile(root), 'utf8') : undefined;
}

/** @param {string} root */
function lockHash(root) {
  return createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex');
}

/**
 * Whether node_modules holds what the lock names, as after an `npm ci` by hand. Optional packages may be missing.
 * @param {string} root
 */
export function agrees(root) {
  const hidden = join(root, 'node_modules', '.package-lock.json');
  if (!existsSync(hidden)) return false;
  const wanted = packagesOf(join(root, 'package-lock.json'));
  const present = packagesOf(hidden);
  return Object.entries(wanted).every(([path, entry]) => {
    const there = present[path];
    if (path === '') return true;
    if (there === undefined) return Boolean(entry.optional || entry.devOptional);
    return there.version === entry.version && there.integrity === entry.integrity;
  });
}

/** @typedef {{ version?: string, integrity?: string, optional?: boolean, devOptional?: boolean }} Locked */

/**
 * @param {string} file
 * @returns {Record<string, Locked>}
 */
function packagesOf(file) {
  const lock = /** @type {{ packages: Record<string, Locked> }} */ (JSON.parse(readFileSync(file, 'utf8')));
  return lock.packages;
}

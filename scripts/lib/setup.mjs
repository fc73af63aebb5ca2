/** From a fresh clone to something that runs. Every step is skipped where its result is already there. */
import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { bundleIsCurrent, ensureBundle } from './bundle.mjs';
import { ensurePackages, FOR_TESTS } from './debian.mjs';
import { dependenciesAreCurrent, ensureDependencies } from './dependencies.mjs';
import { ensureCap, ensureHelper, tryTensorflow } from './native.mjs';
import { findNode, NODE_MAJOR, ROOT } from './project.mjs';
import { say, SetupError } from './say.mjs';

/**
 * @param {{ native?: boolean, tests?: boolean, bundle?: boolean, root?: string }} [options]
 *   native: also what must be compiled or fetched; tests: also what only tests need; bundle (default): also `dist/`
 * @returns {Promise<string>} the Node to run the product with
 */
export async function setUp({ native = false, tests = false, bundle = true, root = ROOT } = {}) {
  return alone(root, async () => {
    await ensureDependencies(root);
    const node = findNode(root);
    if (node === undefined) throw new SetupError(noNode());
    if (native) {
      await ensureHelper(root, node);
      await ensureCap(root, node);
      await tryTensorflow(root, node);
    }
    if (tests) await ensurePackages(FOR_TESTS, 'the tests that compare with it');
    if (bundle) await ensureBundle(root, { onBuild: () => say('building …') });
    return node;
  });
}

/**
 * What `sonde` needs to start: nothing is written, and no lock taken, where everything is up to date.
 * @param {string} root
 * @returns {Promise<string>} the Node to run the product with
 */
export async function ready(root) {
  const node = findNode(root);
  if (node !== undefined && dependenciesAreCurrent(root) && bundleIsCurrent(root)) return node;
  return setUp({ root });
}

function noNode() {
  const here = `${process.platform} on ${process.arch}, Node ${process.versions.node}`;
  return `Sonde needs Node ${NODE_MAJOR} or newer, and none comes with it for ${here}. Install one, then start again`;
}

/**
 * Only one set-up of a checkout at a time: the others wait, then find everything done.
 * @template T
 * @param {string} root
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
async function alone(root, work) {
  const lock = join(root, '.cache', 'setup.lock');
  mkdirSync(join(root, '.cache'), { recursive: true });
  let told = false;
  while (!take(lock)) {
    if (!told) say('waiting for another set-up of this checkout …');
    told = true;
    await sleep(200);
  }
  const release = () => rmSync(lock, { force: true });
  process.on('exit', release);
  try {
    return await work();
  } finally {
    release();
    process.off('exit', release);
  }
}

/** @param {string} lock */
function take(lock) {
  try {
    writeFileSync(lock, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if (!(error instanceof Error) || !('code' in error) || error.code !== 'EEXIST') throw error;
  }
  if (!heldByLiving(lock)) rmSync(lock, { force: true });
  return false;
}

/** @param {string} lock */
function heldByLiving(lock) {
  try {
    const pid = Number(readFileSync(lock, 'utf8'));
    // Made but not yet written: give its maker a moment.
    if (pid === 0) return Date.now() - statSync(lock).mtimeMs < 5000;
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

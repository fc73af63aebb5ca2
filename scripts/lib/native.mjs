/**
 * The two packages with a native part. Neither is needed to read a capture: `cap` captures live traffic where the
 * user may open a device, and libtensorflow makes training faster than WebAssembly does.
 */
import { cpSync, existsSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { background, tail } from './child.mjs';
import { ensurePackages, FOR_CAPTURE } from './debian.mjs';
import { nodePackage } from './project.mjs';
import { say } from './say.mjs';

const TENSORFLOW_LIMIT_MS = 120_000;
const BUILD_LIMIT_MS = 600_000;

/**
 * Builds `cap` where it does not load under `node`. It belongs to one version of Node, and npm would build it for
 * the one that npm itself runs on.
 * @param {string} root
 * @param {string} node
 * @returns {Promise<boolean>} whether it loads now
 */
export async function ensureCap(root, node) {
  if (await loads(root, node, 'cap')) return true;
  const cure = 'npm run setup';
  if (!(await ensurePackages(FOR_CAPTURE, 'live capture (the cap package)'))) {
    say(`live capture is not available until then (again: ${cure}); everything else works`);
    return false;
  }
  say('building cap for this Node …');
  const result = await buildCap(root, node);
  if (result.ok && (await loads(root, node, 'cap'))) return true;
  say(
    `cap did not build; live capture is not available, everything else works. Again: ${cure}\n${tail(result.output)}`,
  );
  return false;
}

/**
 * In a temporary folder, since make fails where a path has a space in it, and the checkout's may.
 * @param {string} root
 * @param {string} node
 */
async function buildCap(root, node) {
  const folder = mkdtempSync(join(tmpdir(), 'sonde-cap-'));
  const packages = join(folder, 'node_modules');
  try {
    for (const name of ['cap', 'nan']) {
      cpSync(join(root, 'node_modules', name), join(packages, name), { recursive: true });
    }
    rmSync(join(packages, 'cap', 'build'), { recursive: true, force: true });
    const gyp = join(root, 'node_modules', 'node-gyp', 'bin', 'node-gyp.js');
    // The environment, not a flag: where both are given node-gyp follows the environment.
    const env = { ...process.env, ...headers(root, join(folder, 'node')) };
    const result = await background(node, [gyp, 'rebuild'], {
      cwd: join(packages, 'cap'),
      env,
      limitMs: BUILD_LIMIT_MS,
    });
    if (result.ok) {
      const module = join('cap', 'build', 'Release', 'cap.node');
      cpSync(join(packages, module), join(root, 'node_modules', module));
    }
    return result;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * The headers that come with the Node in node_modules, by a path without spaces; elsewhere node-gyp fetches its own.
 * @param {string} root
 * @param {string} link
 */
function headers(root, link) {
  const folder = nodePackage(root);
  if (!existsSync(join(folder, 'include', 'node', 'node.h'))) return {};
  symlinkSync(folder, link, 'junction');
  return { npm_config_nodedir: link };
}

/**
 * Tries once after each installation to fetch libtensorflow for @tensorflow/tfjs-node; its absence is no failure.
 * @param {string} root
 * @param {string} node
 */
export async function tryTensorflow(root, node) {
  const folder = join(root, 'node_modules', '@tensorflow', 'tfjs-node');
  const tried = join(root, 'node_modules', '.sonde-tensorflow');
  if (existsSync(tried) || !existsSync(join(folder, 'scripts', 'install.js'))) return;
  say('fetching libtensorflow (optional) …');
  const result = await background(node, [join('scripts', 'install.js')], { cwd: folder, limitMs: TENSORFLOW_LIMIT_MS });
  if (!result.ok) say('libtensorflow cannot be had here: models run on WebAssembly, with the same results');
  writeFileSync(tried, result.ok ? 'fetched\n' : 'not available\n');
}

/**
 * @param {string} root
 * @param {string} node
 * @param {string} name
 */
async function loads(root, node, name) {
  const script = `require(${JSON.stringify(name)})`;
  return (await background(node, ['-e', script], { cwd: root, limitMs: 30_000 })).ok;
}

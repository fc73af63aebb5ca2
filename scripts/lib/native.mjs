/**
 * What must be compiled or fetched. None of it is needed to read a capture: the capture helper and `cap` capture live
 * traffic, and libtensorflow makes training faster than WebAssembly does.
 */
import { createHash } from 'node:crypto';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
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

const HELPER = 'sonde-capture';

/**
 * Where the capture helper of a checkout is built.
 * @param {string} root
 */
export function helperPath(root) {
  return join(root, 'build', 'native', `${process.platform}-${process.arch}`, HELPER);
}

/**
 * Builds the capture helper where it is missing or older than its sources. Linux only: elsewhere `cap` captures.
 * @param {string} root
 * @param {string} node
 * @returns {Promise<boolean>} whether it is there now
 */
export async function ensureHelper(root, node) {
  if (process.platform !== 'linux' || !['x64', 'arm64'].includes(process.arch)) return false;
  const sources = join(root, 'src-main', 'meter', 'capture', 'helper');
  const target = helperPath(root);
  const stamp = `${target}.stamp`;
  const wanted = hashOf(sources);
  if (existsSync(target) && existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return true;
  if (!(await ensurePackages(FOR_CAPTURE, 'live capture (the capture helper)'))) return false;
  say('building the capture helper …');
  const result = await gyp(root, node, (folder) => {
    cpSync(sources, folder, { recursive: true });
    return { folder, built: join(folder, 'build', 'Release', HELPER) };
  });
  if (result.built === undefined) {
    say(
      `the capture helper did not build; live capture needs it on Linux. Again: npm run setup\n${tail(result.output)}`,
    );
    return false;
  }
  mkdirSync(dirname(target), { recursive: true });
  // By a rename: one that is running cannot be written to, and goes on as it was.
  writeFileSync(`${target}.new`, result.built);
  chmodSync(`${target}.new`, 0o755);
  renameSync(`${target}.new`, target);
  writeFileSync(stamp, wanted);
  return true;
}

/**
 * Of the names and contents of a folder's files.
 * @param {string} folder
 */
function hashOf(folder) {
  const hash = createHash('sha256');
  for (const name of readdirSync(folder).sort()) {
    hash
      .update(`${name}\0`)
      .update(readFileSync(join(folder, name)))
      .update('\0');
  }
  return hash.digest('hex');
}

/**
 * Runs node-gyp in a temporary folder, since make fails where a path has a space in it, and the checkout's may.
 * @param {string} root
 * @param {string} node
 * @param {(folder: string) => { folder: string, built: string }} prepare puts the sources there; says where they are,
 *   and which file they become
 * @returns {Promise<{ ok: boolean, output: string, built: Buffer | undefined }>}
 */
async function gyp(root, node, prepare) {
  const temporary = mkdtempSync(join(tmpdir(), 'sonde-native-'));
  try {
    const { folder, built } = prepare(join(temporary, 'sources'));
    const program = join(root, 'node_modules', 'node-gyp', 'bin', 'node-gyp.js');
    // The environment, not a flag: where both are given node-gyp follows the environment.
    const env = { ...process.env, ...headers(root, join(temporary, 'node')) };
    const result = await background(node, [program, 'rebuild'], { cwd: folder, env, limitMs: BUILD_LIMIT_MS });
    return { ...result, built: result.ok ? readFileSync(built) : undefined };
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}

/**
 * @param {string} root
 * @param {string} node
 */
async function buildCap(root, node) {
  const module = join('cap', 'build', 'Release', 'cap.node');
  const result = await gyp(root, node, (folder) => {
    const packages = join(folder, 'node_modules');
    for (const name of ['cap', 'nan']) {
      cpSync(join(root, 'node_modules', name), join(packages, name), { recursive: true });
    }
    rmSync(join(packages, 'cap', 'build'), { recursive: true, force: true });
    return { folder: join(packages, 'cap'), built: join(packages, module) };
  });
  if (result.built !== undefined) {
    mkdirSync(dirname(join(root, 'node_modules', module)), { recursive: true });
    writeFileSync(join(root, 'node_modules', module), result.built);
  }
  return result;
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

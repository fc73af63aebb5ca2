/** Which packages the product needs at run time, and which of their files. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';

/** @typedef {{ name: string, folder: string, main: string, dependencies: string[] }} Package */

/** Type declarations, and headers for compilers: named as dependencies, never loaded. */
const NEVER = /^(@types\/|@webgpu\/types$|nan$|node-addon-api$)/;
const NOT_FOLDERS = new Set([
  'test',
  'tests',
  '__tests__',
  'example',
  'examples',
  'doc',
  'docs',
  'benchmark',
  '.github',
]);
const NOT_FILES = /(\.(map|md|markdown|ts|cts|mts|flow|c|cc|cpp|h|hpp|gyp|gypi|yml|o|d|tsbuildinfo)|^\..*)$/i;
/** tfjs comes in 15 forms; Node loads one file of each package, and WebAssembly its own. */
const TFJS = /^@tensorflow\/tfjs-(core|layers|backend-cpu|backend-wasm)$/;
const LICENCE = /^(licen[cs]e|copying|notice|copyright)/i;

/**
 * The packages named and all that they need, each where Node finds it: nested ones apart from their namesakes.
 * @param {string} root
 * @param {string[]} names
 * @returns {Package[]} sorted by folder
 */
export function closure(root, names) {
  const found = /** @type {Map<string, Package>} */ (new Map());
  const add = (/** @type {string} */ name, /** @type {string} */ from) => {
    if (NEVER.test(name)) return;
    const folder = locate(root, name, from);
    if (folder === undefined) throw new Error(`the package ${name} is not installed: npm ci`);
    if (found.has(folder)) return;
    const manifest = readManifest(folder);
    const dependencies = Object.keys(manifest.dependencies ?? {});
    found.set(folder, { name, folder, main: manifest.main ?? 'index.js', dependencies });
    for (const dependency of dependencies) add(dependency, folder);
  };
  for (const name of names) add(name, root);
  return [...found.values()].sort((a, b) => (a.folder < b.folder ? -1 : 1));
}

/**
 * As Node looks for a package: in the node_modules of the asking folder, then of those above it.
 * @param {string} root
 * @param {string} name
 * @param {string} from
 */
function locate(root, name, from) {
  for (let at = from; ; at = dirname(at)) {
    const folder = join(at, 'node_modules', name);
    if (existsSync(join(folder, 'package.json'))) return folder;
    if (at === root || dirname(at) === at) return undefined;
  }
}

/**
 * @param {string} folder
 * @returns {{ main?: string, dependencies?: Record<string, string> }}
 */
function readManifest(folder) {
  const manifest = /** @type {unknown} */ (JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')));
  return /** @type {{ main?: string, dependencies?: Record<string, string> }} */ (manifest);
}

/**
 * @param {Package} each
 * @param {string} platform Node's name of it: linux, darwin, win32
 * @param {string} arch x64 or arm64
 * @returns {string[]} the files that ship, relative to the package's folder
 */
export function filesOf(each, platform, arch) {
  const wanted = rule(each, platform, arch);
  return walk(each.folder, each.folder)
    .filter((path) => path === 'package.json' || LICENCE.test(path) || (!NOT_FILES.test(nameOf(path)) && wanted(path)))
    .sort();
}

/**
 * @param {Package} each
 * @param {string} platform
 * @param {string} arch
 * @returns {(path: string) => boolean}
 */
function rule({ name, main }, platform, arch) {
  if (TFJS.test(name)) return (path) => path === main || /^dist\/.*\.wasm$/.test(path);
  if (name === 'better-sqlite3')
    return (path) => path.startsWith('lib/') || path === `prebuilds/${platform}-${arch}.node`;
  // Its forms for browsers and for CommonJS stand beside it.
  if (name === 'pdfkit')
    return (path) => path === 'js/pdfkit.node.mjs' || /^js\/(data\/|standard-fonts\/.*\.cjs$)/.test(path);
  // Its forms for CommonJS and for browsers stand beside it.
  if (name === 're2js') return (path) => path === 'build/index.js';
  // Beside its modules, the same again for CommonJS.
  if (name === 'nodemailer') return (path) => path.startsWith('dist/esm/');
  // Its forms for browsers and for the command line stand beside it.
  if (name === 'yaml') return (path) => path.startsWith('dist/') && path.endsWith('.js');
  if (name === 'cap') return (path) => path.startsWith('lib/') || path === 'build/Release/cap.node';
  return () => true;
}

/**
 * @param {string} top
 * @param {string} folder
 * @returns {string[]}
 */
function walk(top, folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (statSync(path).isDirectory())
      return entry.name === 'node_modules' || (NOT_FOLDERS.has(entry.name) && !isCode(path)) ? [] : walk(top, path);
    return [relative(top, path).split(sep).join('/')];
  });
}

/**
 * A folder that is called as documentation is, and is none.
 * @param {string} path
 */
function isCode(path) {
  return path.endsWith(join('yaml', 'dist', 'doc'));
}

/** @param {string} path */
function nameOf(path) {
  return path.slice(path.lastIndexOf('/') + 1);
}

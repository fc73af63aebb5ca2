/**
 * What goes into the packages, put together in `.cache/pack`:
 *
 *     app/        the archive's content: package.json, dist/, node_modules/
 *     resources/  beside the archive: `sonde` for the command line, with a Node of its own. Node reads no archive, and
 *                 the desktop program is no Node (its fuse is off), so this is a tree of plain files
 *     system/     Linux only: what the deb and rpm put into /usr
 */
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { ensureBundle } from '../lib/bundle.mjs';
import { ensureRenderer } from '../lib/renderer.mjs';
import { distFiles } from './dist-files.mjs';
import { captureHelper, stageLinuxRoot } from './linux-root.mjs';
import { closure, filesOf } from './packages.mjs';

/** Bundled into the page by esbuild, or tried in vain: not loaded by what ships. */
const IN_THE_PAGE = new Set(['react', 'react-dom', 'recharts']);
const ONLY_THE_WINDOW = new Set(['electron-log', 'electron-updater']);
/** Built for one version of Node, which Electron's is not. */
const ONLY_THE_COMMAND = new Set(['cap']);
const TFJS_NODE = '@tensorflow/tfjs-node';
const SHELL = 'src-main/run/shell/';

/**
 * @typedef {object} Target
 * @property {string} platform Node's name of it: linux, darwin, win32
 * @property {string} arch x64 or arm64
 */

/**
 * @param {string} root
 * @param {Target} target
 * @param {(message: string) => void} say
 */
export async function stage(root, target, say) {
  if (!['x64', 'arm64'].includes(target.arch)) throw new Error(`there are no native modules for ${target.arch}`);
  nodePackage(root, target);
  await ensureBundle(root);
  await ensureRenderer(root);
  const folder = join(root, '.cache', 'pack');
  const fresh = `${folder}.${process.pid}`;
  rmSync(fresh, { recursive: true, force: true });
  try {
    stageApp(root, join(fresh, 'app'), target);
    stageCommand(root, join(fresh, 'resources'), target);
    if (target.platform === 'linux') stageLinux(root, join(fresh, 'system'), target, say);
    rmSync(folder, { recursive: true, force: true });
    renameSync(fresh, folder);
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
}

/**
 * @param {string} root
 * @param {string} to
 * @param {Target} target
 */
function stageApp(root, to, target) {
  const names = dependencies(root).filter((name) => !ONLY_THE_COMMAND.has(name));
  copyAll(join(root, 'dist'), join(to, 'dist'), distFiles(join(root, 'dist'), isEntry));
  copyPackages(root, to, nativeTensorflow(root, target) ? [...names, TFJS_NODE] : names, target);
  copyAll(root, to, ['LICENSE']);
  const shell = { main: `dist/${SHELL}main.js`, desktopName: 'sonde-desktop.desktop' };
  writeManifest(root, to, { productName: 'Sonde', ...shell });
}

/**
 * The command line with its Node, as plain files: for the packages, and for an image of containers.
 * @param {string} root
 * @param {string} to
 * @param {Target} target
 */
export function stageCommand(root, to, target) {
  const own = target.platform === process.platform && target.arch === process.arch;
  const capIsBuilt = own && existsSync(join(root, 'node_modules', 'cap', 'build', 'Release', 'cap.node'));
  const wanted = (/** @type {string} */ name) =>
    !ONLY_THE_WINDOW.has(name) && (capIsBuilt || !ONLY_THE_COMMAND.has(name));
  const files = distFiles(join(root, 'dist'), (path) => isEntry(path) && !path.startsWith(SHELL));
  copyAll(join(root, 'dist'), join(to, 'dist'), files);
  copyPackages(root, to, dependencies(root).filter(wanted), target);
  writeManifest(root, to, {});
  const windows = target.platform === 'win32';
  const node = nodePackage(root, target);
  copyAll(node, join(to, 'node'), [`bin/node${windows ? '.exe' : ''}`, 'LICENSE']);
  if (windows) for (const name of ['sonde.cmd', 'path.ps1']) copyForWindows(root, to, name);
  else copyFileInto(join(root, 'resources', 'linux', 'sonde'), join(to, 'bin', 'sonde'), 0o755);
}

/**
 * With the line ends that Windows' command processor wants, whatever the checkout has.
 * @param {string} root
 * @param {string} to
 * @param {string} name
 */
function copyForWindows(root, to, name) {
  const text = readFileSync(join(root, 'resources', 'win', name), 'utf8');
  mkdirSync(join(to, 'bin'), { recursive: true });
  writeFileSync(join(to, 'bin', name), text.replaceAll(/\r?\n/g, '\r\n'));
}

/**
 * @param {string} root
 * @param {string} to
 * @param {Target} target
 * @param {(message: string) => void} say
 */
function stageLinux(root, to, { arch }, say) {
  const helper = captureHelper(root, arch);
  if (helper === undefined) say('this version has no capture helper: the packages are made without one');
  stageLinuxRoot(root, to, helper);
}

/** @param {string} path within `dist/` */
function isEntry(path) {
  return path.startsWith('src-main/') || path === 'renderer/index.html';
}

/**
 * The package of Node for another platform is not installed with the others: npm leaves out what this one cannot run.
 * @param {string} root
 * @param {Target} target
 */
function nodePackage(root, { platform, arch }) {
  const name = `node-${platform === 'win32' ? 'win' : platform}-${arch}`;
  const folder = join(root, 'node_modules', name);
  if (existsSync(join(folder, 'bin'))) return folder;
  throw new Error(
    `${name}, the Node that the command line runs on, is not installed. Where the lock file has it: npm ci --os=${platform} --cpu=${arch}; else there is no package for ${platform} on ${arch}`,
  );
}

/**
 * @param {string} root
 * @returns {string[]}
 */
function dependencies(root) {
  return Object.keys(manifestOf(root).dependencies).filter((name) => !IN_THE_PAGE.has(name));
}

/**
 * Its binary is fetched at installation, for the machine it is installed on, and often cannot be had.
 * @param {string} root
 * @param {Target} target
 */
function nativeTensorflow(root, { platform, arch }) {
  const binary = join(root, 'node_modules', TFJS_NODE, 'lib', 'napi-v8', 'tfjs_binding.node');
  return platform === process.platform && arch === process.arch && existsSync(binary);
}

/**
 * @param {string} root
 * @param {string} to
 * @param {string[]} names
 * @param {Target} target
 */
function copyPackages(root, to, names, { platform, arch }) {
  const packages = closure(root, names);
  for (const each of packages)
    copyAll(each.folder, join(to, relative(root, each.folder)), filesOf(each, platform, arch));
  const sqlite = join(to, 'node_modules', 'better-sqlite3', 'prebuilds', `${platform}-${arch}.node`);
  if (!existsSync(sqlite)) throw new Error(`better-sqlite3 has no binary for ${platform}-${arch}`);
}

/**
 * Only what the program reads of itself, so that no script, no tool and no other field ships.
 * @param {string} root
 * @param {string} to
 * @param {Record<string, string>} more
 */
function writeManifest(root, to, more) {
  const { name, version, description, license, type } = manifestOf(root);
  const content = { name, version, description, license, type, ...more };
  writeFileSync(join(to, 'package.json'), `${JSON.stringify(content, null, 2)}\n`);
}

/** @typedef {Record<'name' | 'version' | 'description' | 'license' | 'type', string>} Fields */

/** @param {string} root */
function manifestOf(root) {
  const manifest = /** @type {unknown} */ (JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')));
  return /** @type {Fields & { dependencies: Record<string, string> }} */ (manifest);
}

/**
 * @param {string} from
 * @param {string} to
 * @param {string[]} paths
 */
function copyAll(from, to, paths) {
  for (const path of paths) {
    const program = path.startsWith('bin/');
    copyFileInto(join(from, ...path.split('/')), join(to, ...path.split('/')), program ? 0o755 : 0o644);
  }
}

/**
 * @param {string} from
 * @param {string} to
 */
function copyFileInto(from, to, mode = 0o644) {
  mkdirSync(dirname(to), { recursive: true });
  copyFileSync(from, to);
  chmodSync(to, mode);
}

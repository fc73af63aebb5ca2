/** Who may import whom: docs/architecture.md's rules as data, and their application to one import. */
import { builtinModules } from 'node:module';
import { posix } from 'node:path';

/** The rooms of src-main in the order in which data flows: a room imports itself and what stands before it. */
export const ROOMS = [
  'meter',
  'meter/packets',
  'meter/capture',
  'meter/flows',
  'meter/streams',
  'meter/protocols',
  'meter/enrich',
  'meter/windows',
  'meter/quality',
  'detect',
  'detect/features',
  'detect/detectors',
  'detect/behaviours',
  'detect/devices',
  'detect/roles',
  'detect/signatures',
  'detect/explain',
  'detect/incidents',
  'detect/lab',
  'keep',
  'keep/store',
  'keep/imports',
  'keep/exports',
  'keep/alerts',
  'keep/radar',
  'run',
  'run/pipeline',
  'run/fleet',
  'run/api',
  'run/shell',
  'run/serve',
  'run/cli',
];

/** Builtins that reach beyond the process or the thread, and the only places that may use them. */
const PLACES = new Map([
  [
    'child_process',
    [
      'src-main/meter/capture/',
      'src-main/keep/alerts/channels/common/program.ts',
      'src-main/run/fleet/',
      'src-main/run/shell/',
    ],
  ],
  ['worker_threads', ['src-main/meter/packets/input/hash.ts', 'src-main/keep/store/', 'src-main/run/pipeline/']],
  ['cluster', []],
]);

const SHELL = 'src-main/run/shell/';
const RAW_IPC = new Set(['ipcMain', 'ipcRenderer']);
/** Pure JavaScript that knows neither Node nor DOM. */
const SHARED_PACKAGES = new Set(['zod']);
/** Packages that hold native code or need Node. */
const NODE_PACKAGES = /^(better-sqlite3|cap|@tensorflow\/tfjs-node)$/;
const LAYERS = ['src-shared', 'src-main', 'src-renderer'];

/**
 * @param {string} file its path from the project's root, with forward slashes
 * @param {import('./imports.mjs').Import} imported
 * @returns {string | undefined} what is wrong with it
 */
export function importFault(file, { specifier, how }) {
  const layer = layerOf(file);
  if (layer === undefined) return undefined;
  if (specifier === null) return computedFault(how);
  if (specifier.startsWith('.')) return pathFault(file, layer, posix.join(posix.dirname(file), specifier));
  if (posix.isAbsolute(specifier) || specifier.startsWith('file:')) return `imports by an absolute path: ${specifier}`;
  return moduleFault(file, layer, specifier);
}

/**
 * @param {string} file
 * @param {string} word
 * @returns {string | undefined} what is wrong with the use of an identifier
 */
export function wordFault(file, word) {
  if (!RAW_IPC.has(word) || layerOf(file) === undefined || file.startsWith(SHELL)) return undefined;
  return `uses ${word}: raw IPC belongs to ${SHELL}, everyone else speaks the contract`;
}

/**
 * The room of a file below src-main: the longest that fits.
 * @param {string} file
 */
export function roomOf(file) {
  const path = file.replace(/^src-main\//, '');
  const fitting = ROOMS.filter((room) => path.startsWith(`${room}/`));
  return fitting.reduce((longest, room) => (room.length > longest.length ? room : longest), '');
}

/** @param {string} file */
function layerOf(file) {
  return LAYERS.find((layer) => file.startsWith(`${layer}/`));
}

/** @param {import('./imports.mjs').Import['how']} how */
function computedFault(how) {
  return `imports what only run time knows (${how}): name the module in a literal`;
}

/**
 * @param {string} file
 * @param {string} layer
 * @param {string} target
 */
function pathFault(file, layer, target) {
  const to = layerOf(target);
  // Texts that the desk shows: no code.
  if (layer === 'src-renderer' && /^docs\/[\w-]+\.md$/.test(target)) return undefined;
  if (to === undefined) return `imports ${target}: that lies outside ${LAYERS.join(', ')}`;
  if (layer === 'src-shared' && to !== layer) return `imports ${target}: src-shared imports nothing from its siblings`;
  if (layer === 'src-renderer' && to === 'src-main') return `imports ${target}: the renderer never imports main`;
  if (layer === 'src-main' && to === 'src-renderer') return `imports ${target}: main never imports the renderer`;
  return layer === 'src-main' && to === 'src-main' ? roomFault(file, target) : undefined;
}

/**
 * @param {string} file
 * @param {string} target
 */
function roomFault(file, target) {
  const [from, to] = [roomOf(file), roomOf(target)];
  for (const [path, room] of [
    [file, from],
    [target, to],
  ]) {
    if (room === '') return `${path} lies in no room that scripts/lib/boundary-rules.mjs knows`;
  }
  if (ROOMS.indexOf(to) <= ROOMS.indexOf(from)) return undefined;
  return `imports ${target}: ${from} stands before ${to}, and a room imports only rooms before it`;
}

/**
 * @param {string} file
 * @param {string} layer
 * @param {string} specifier
 */
function moduleFault(file, layer, specifier) {
  const name = packageName(specifier);
  if (name === 'electron') {
    return file.startsWith(SHELL) ? undefined : `imports ${specifier}: only ${SHELL} knows Electron`;
  }
  if (isBuiltin(specifier)) return builtinFault(file, layer, specifier);
  if (layer === 'src-shared' && !SHARED_PACKAGES.has(name)) {
    return `imports ${specifier}: src-shared uses no package but ${[...SHARED_PACKAGES].join(', ')}`;
  }
  if (layer === 'src-renderer' && NODE_PACKAGES.test(name)) return `imports ${specifier}: that needs Node`;
  return undefined;
}

/**
 * @param {string} file
 * @param {string} layer
 * @param {string} specifier
 */
function builtinFault(file, layer, specifier) {
  if (layer !== 'src-main') return `imports ${specifier}: ${layer} does not know Node`;
  const name = specifier.replace(/^node:/, '').split('/')[0] ?? '';
  const places = PLACES.get(name);
  if (places === undefined || places.some((place) => file.startsWith(place))) return undefined;
  return `imports ${specifier}: only ${places.join(', ') || 'nobody'} may`;
}

/** @param {string} specifier */
function isBuiltin(specifier) {
  const base = specifier.split('/')[0] ?? '';
  return specifier.startsWith('node:') || builtinModules.includes(specifier) || builtinModules.includes(base);
}

/** @param {string} specifier */
function packageName(specifier) {
  const parts = specifier.split('/');
  return specifier.startsWith('@') ? parts.slice(0, 2).join('/') : (parts[0] ?? '');
}

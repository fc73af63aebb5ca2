/**
 * `dist/`: the product as JavaScript. Entries are the command line's and the desktop's programs and every `*.worker.ts`;
 * code they share goes to `dist/chunks`, named by content, so that a command loads only what it needs. Parallel starts
 * may build at the same time: every file appears whole, by a rename, entries after the chunks they import, the stamp last.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { SetupError } from './say.mjs';

const SOURCES = ['src-main', 'src-shared'];
const CHUNKS = 'chunks';
const STAMP = '.stamp';
const KEEP_OLD_CHUNKS_MS = 24 * 60 * 60 * 1000;

/** @param {string} root */
export function cliEntry(root) {
  return join(root, 'dist', 'src-main', 'run', 'cli', 'main.js');
}

/**
 * Brings `dist/` up to date; costs a stat per source where it is already.
 * @param {string} root
 * @param {{ force?: boolean, onBuild?: () => void }} [options]
 * @returns {Promise<boolean>} whether anything was built
 */
export async function ensureBundle(root, { force = false, onBuild } = {}) {
  if (!force && bundleIsCurrent(root)) return false;
  onBuild?.();
  // Taken before: a source that changes during the build makes the next start build again.
  await build(root, fingerprint(root));
  return true;
}

/**
 * @param {string} root
 * @returns {boolean} whether `dist/` was built from the sources as they are
 */
export function bundleIsCurrent(root) {
  return readStamp(root) === fingerprint(root) && existsSync(cliEntry(root));
}

/**
 * Names, sizes and times of all sources, in one hash.
 * @param {string} root
 */
export function fingerprint(root) {
  const hash = createHash('sha256');
  for (const file of [...sourceFiles(root), join(root, 'package.json')]) {
    const { size, mtimeMs } = statSync(file);
    hash.update(`${relative(root, file)}\0${size}\0${mtimeMs}\n`);
  }
  return hash.digest('hex');
}

/**
 * @param {string} root
 * @returns {string[]} in one order everywhere
 */
export function sourceFiles(root) {
  return SOURCES.flatMap((folder) => walk(join(root, folder)))
    .filter((file) => file.endsWith('.ts'))
    .sort();
}

/**
 * @param {string} root
 * @returns {string[]} the files that bundles are made of
 */
export function entryFiles(root) {
  const run = join(root, 'src-main', 'run');
  const programs = [join(run, 'cli', 'main.ts'), join(run, 'shell', 'main.ts'), join(run, 'shell', 'engine.ts')];
  return sourceFiles(root).filter((file) => programs.includes(file) || file.endsWith('.worker.ts'));
}

/** What runs in the window's sandbox before the page: one CommonJS file that can load nothing but Electron. */
const PRELOAD = join('src-main', 'run', 'shell', 'preload');

/**
 * @param {string} folder
 * @returns {string[]}
 */
function walk(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return walk(path);
    return entry.isFile() ? [path] : [];
  });
}

/** @param {string} root */
function readStamp(root) {
  const file = join(root, 'dist', STAMP);
  return existsSync(file) ? readFileSync(file, 'utf8') : undefined;
}

/**
 * @param {string} root
 * @param {string} stamp
 */
async function build(root, stamp) {
  const entries = entryFiles(root);
  if (entries.length === 0) throw new SetupError(`no program to build: ${join(root, 'src-main')} has no entry files`);
  const esbuild = await import('esbuild');
  let result;
  try {
    result = await esbuild.build({
      entryPoints: entries,
      outdir: join(root, 'dist'),
      outbase: root,
      absWorkingDir: root,
      chunkNames: `${CHUNKS}/[name]-[hash]`,
      bundle: true,
      splitting: true,
      format: 'esm',
      platform: 'node',
      target: 'node24',
      packages: 'external',
      sourcemap: 'linked',
      logLevel: 'silent',
      write: false,
    });
  } catch (error) {
    throw new SetupError(`the sources do not build:\n${error instanceof Error ? error.message : String(error)}`);
  }
  install(root, [...result.outputFiles, ...(await buildPreload(root, esbuild))]);
  writeWhole(join(root, 'dist', STAMP), stamp);
}

/**
 * @param {string} root
 * @param {typeof import('esbuild')} esbuild
 */
export async function buildPreload(root, esbuild) {
  const source = join(root, `${PRELOAD}.ts`);
  if (!existsSync(source)) return [];
  const { outputFiles } = await esbuild.build({
    entryPoints: [source],
    outfile: join(root, 'dist', `${PRELOAD}.cjs`),
    // Names in comments go by it: from wherever it is built, it is the same.
    absWorkingDir: root,
    bundle: true,
    format: 'cjs',
    // Whatever needs Node does not build, rather than fail in the sandbox.
    platform: 'browser',
    target: 'chrome140',
    external: ['electron'],
    logLevel: 'silent',
    write: false,
  });
  return outputFiles;
}

/**
 * @param {string} root
 * @param {import('esbuild').OutputFile[]} files
 */
function install(root, files) {
  const chunks = join(root, 'dist', CHUNKS) + sep;
  const isChunk = (/** @type {string} */ path) => path.startsWith(chunks);
  for (const file of files.filter((each) => isChunk(each.path))) writeWhole(file.path, file.contents);
  for (const file of files.filter((each) => !isChunk(each.path))) writeWhole(file.path, file.contents);
  removeOld(root, new Set(files.map((file) => file.path)));
}

/**
 * Entries of sources that are gone, at once; chunks only when no process that started before can still want them.
 * @param {string} root
 * @param {Set<string>} current
 */
function removeOld(root, current) {
  for (const file of walk(join(root, 'dist'))) {
    if (current.has(file) || file.endsWith(STAMP) || file.endsWith('.tmp')) continue;
    // The desk is built by lib/renderer.mjs.
    if (file.startsWith(join(root, 'dist', 'renderer') + sep)) continue;
    const inChunks = file.startsWith(join(root, 'dist', CHUNKS) + sep);
    const age = Date.now() - (statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0);
    if (!inChunks || age > KEEP_OLD_CHUNKS_MS) rmSync(file, { force: true });
  }
}

/**
 * @param {string} path
 * @param {string | Uint8Array} content
 */
function writeWhole(path, content) {
  mkdirSync(dirname(path), { recursive: true });
  const temporary = `${path}.${process.pid}.tmp`;
  writeFileSync(temporary, content);
  renameSync(temporary, path);
}

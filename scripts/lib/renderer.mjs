/**
 * `dist/renderer/`: the desk as a page that needs no other origin. Scripts, style sheets and the font are named by
 * content, in `assets/`; no inline script and no inline style, so that a strict content security policy holds.
 * `index.html` is written last: whoever reads it finds everything it names.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { SetupError } from './say.mjs';

const SOURCES = ['src-renderer', 'src-shared'];
/** Pages of the documentation that the desk shows itself. */
const TEXTS = ['docs/good-capture.md', 'docs/blind-spots.md'];
const STAMP = '.stamp';
const KEEP_OLD_MS = 24 * 60 * 60 * 1000;

/** @param {string} root */
export function rendererFolder(root) {
  return join(root, 'dist', 'renderer');
}

/**
 * @param {string} root
 * @returns {boolean} whether `dist/renderer` was built from the sources as they are
 */
export function rendererIsCurrent(root) {
  const stamp = join(rendererFolder(root), STAMP);
  return existsSync(stamp) && readFileSync(stamp, 'utf8') === fingerprint(root);
}

/**
 * Brings `dist/renderer` up to date; does nothing where the checkout has no renderer.
 * @param {string} root
 * @param {{ force?: boolean, onBuild?: () => void }} [options]
 * @returns {Promise<boolean>} whether anything was built
 */
export async function ensureRenderer(root, { force = false, onBuild } = {}) {
  if (!existsSync(join(root, 'src-renderer', 'main.tsx'))) return false;
  if (!force && rendererIsCurrent(root)) return false;
  onBuild?.();
  const stamp = fingerprint(root);
  await buildPage(root, join(root, 'src-renderer', 'main.tsx'), rendererFolder(root));
  writeWhole(join(rendererFolder(root), STAMP), stamp);
  return true;
}

/**
 * @param {string} root
 * @param {string} entry the module that starts the page
 * @param {string} folder where it goes
 */
export async function buildPage(root, entry, folder) {
  const esbuild = await import('esbuild');
  let result;
  try {
    result = await esbuild.build({
      entryPoints: { desk: entry },
      outdir: folder,
      absWorkingDir: root,
      entryNames: 'assets/[name]-[hash]',
      chunkNames: 'assets/part-[hash]',
      assetNames: 'assets/[name]-[hash]',
      bundle: true,
      splitting: true,
      minify: true,
      format: 'esm',
      platform: 'browser',
      target: ['chrome120', 'firefox121', 'safari17'],
      jsx: 'automatic',
      loader: { '.woff2': 'file', '.svg': 'file', '.md': 'text' },
      define: { 'process.env.NODE_ENV': '"production"' },
      legalComments: 'external',
      sourcemap: 'linked',
      metafile: true,
      logLevel: 'silent',
      write: false,
    });
  } catch (error) {
    throw new SetupError(`the desk does not build:\n${error instanceof Error ? error.message : String(error)}`);
  }
  install(root, entry, folder, result);
}

/**
 * @param {string} root
 * @param {string} entry
 * @param {string} folder
 * @param {{ outputFiles: import('esbuild').OutputFile[], metafile: import('esbuild').Metafile }} result
 */
function install(root, entry, folder, { outputFiles, metafile }) {
  for (const file of outputFiles) writeWhole(file.path, file.contents);
  // Parts that are loaded later are entries of their own.
  const isEntry = (/** @type {string | undefined} */ path) => path !== undefined && resolve(root, path) === entry;
  const outputs = Object.entries(metafile.outputs);
  const [script, output] = outputs.find(([, { entryPoint }]) => isEntry(entryPoint)) ?? [];
  if (script === undefined) throw new SetupError('the desk does not build: it has no entry');
  const name = (/** @type {string} */ path) => relative(folder, join(root, path)).split(sep).join('/');
  const html = readFileSync(join(root, 'src-renderer', 'index.html'), 'utf8')
    .replaceAll('{{script}}', name(script))
    .replaceAll('{{style}}', name(output?.cssBundle ?? ''));
  writeWhole(join(folder, 'index.html'), html);
  removeOld(folder, new Set(outputFiles.map((file) => file.path)));
}

/**
 * A page that is open may still ask for parts of the build before.
 * @param {string} folder
 * @param {Set<string>} current
 */
function removeOld(folder, current) {
  for (const file of walk(folder)) {
    if (current.has(file) || file.endsWith('index.html') || file.endsWith(STAMP) || file.endsWith('.tmp')) continue;
    const age = Date.now() - (statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0);
    if (age > KEEP_OLD_MS) rmSync(file, { force: true });
  }
}

/** @param {string} root */
function fingerprint(root) {
  const hash = createHash('sha256');
  const files = SOURCES.flatMap((folder) => walk(join(root, folder))).sort();
  const texts = TEXTS.map((path) => join(root, path)).filter((path) => existsSync(path));
  for (const file of [...files, ...texts, join(root, 'package.json')]) {
    const { size, mtimeMs } = statSync(file);
    hash.update(`${relative(root, file)}\0${size}\0${mtimeMs}\n`);
  }
  return hash.digest('hex');
}

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

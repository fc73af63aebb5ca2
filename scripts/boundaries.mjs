/** `node scripts/boundaries.mjs [ROOT]`: every import in the sources against the rules of lib/boundary-rules.mjs. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { importFault, wordFault } from './lib/boundary-rules.mjs';
import { scan } from './lib/imports.mjs';
import { ROOT } from './lib/project.mjs';

const FOLDERS = ['src-shared', 'src-main', 'src-renderer'];
const SOURCE = /\.[cm]?[jt]sx?$/;

/**
 * @param {string} root
 * @returns {{ files: number, faults: string[] }} faults: `path:line: what is wrong`
 */
export function checkTree(root) {
  const files = FOLDERS.flatMap((folder) => sources(join(root, folder)));
  const faults = files.flatMap((file) => {
    const path = relative(root, file).split(sep).join('/');
    return fileFaults(path, readFileSync(file, 'utf8'));
  });
  return { files: files.length, faults };
}

/**
 * @param {string} path from the project's root, with forward slashes
 * @param {string} source
 */
export function fileFaults(path, source) {
  const { imports, words } = scan(source);
  const found = [
    ...imports.map((each) => ({ line: each.line, fault: importFault(path, each) })),
    ...words.map((each) => ({ line: each.line, fault: wordFault(path, each.text) })),
  ];
  return found.filter(({ fault }) => fault !== undefined).map(({ line, fault }) => `${path}:${line}: ${fault}`);
}

/**
 * @param {string} folder
 * @returns {string[]}
 */
function sources(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return sources(path);
    return SOURCE.test(entry.name) ? [path] : [];
  });
}

if (process.argv[1] !== undefined && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const { files, faults } = checkTree(process.argv[2] === undefined ? ROOT : resolve(process.argv[2]));
  for (const fault of faults) process.stdout.write(`${fault}\n`);
  // A tree without sources would pass every rule.
  if (files === 0) process.stdout.write('there are no sources to check\n');
  process.stdout.write(`boundaries: ${files} files, ${faults.length} faults\n`);
  process.exitCode = faults.length > 0 || files === 0 ? 1 : 0;
}

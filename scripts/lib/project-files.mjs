/** The files of the project: what git has or would have, or all but the ignored folders where there is no git. */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join, relative, sep } from 'node:path';

const NOT_OURS = new Set(['node_modules', 'dist', 'release', 'coverage', '.git', '.cache']);

/**
 * @param {string} root
 * @returns {string[]} paths from the root, with forward slashes, of files that exist
 */
export function projectFiles(root) {
  return (existsSync(join(root, '.git')) ? fromGit(root) : undefined) ?? walk(root, root);
}

/** @param {string} root */
function fromGit(root) {
  const args = ['-C', root, 'ls-files', '-z', '--cached', '--others', '--exclude-standard'];
  const { status, stdout } = spawnSync('git', args, { encoding: 'utf8', maxBuffer: 1 << 26 });
  if (status !== 0) return undefined;
  const names = stdout.split('\0').filter((name) => name !== '');
  return names.filter((name) => statSync(join(root, name), { throwIfNoEntry: false })?.isFile());
}

/**
 * @param {string} root
 * @param {string} folder
 * @returns {string[]}
 */
function walk(root, folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return NOT_OURS.has(entry.name) ? [] : walk(root, path);
    return entry.isFile() ? [relative(root, path).split(sep).join('/')] : [];
  });
}

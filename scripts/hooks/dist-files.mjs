/**
 * Which files of `dist/` belong to the build as it is. Builds leave their predecessors' parts for a day, for programs
 * that still run; packages get none of those, and no source maps.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join, relative, sep } from 'node:path';

const HASHED = /[\w.-]+-[A-Z0-9]{8}\.(?:js|css|woff2|svg|wasm)(?:\.LEGAL\.txt)?/g;
const TEXT = /\.(js|cjs|css|html)$/;

/**
 * @param {string} dist
 * @param {(path: string) => boolean} isEntry of paths relative to `dist`, with forward slashes
 * @returns {string[]} entries and the parts that are named in them, or in parts that are
 */
export function distFiles(dist, isEntry) {
  const all = walk(dist, dist).filter((path) => !path.endsWith('.map') && !/(^|\/)\.|\.tmp$/.test(path));
  const parts = new Map(all.filter(isPart).map((path) => [basename(path), path]));
  const kept = new Set(all.filter((path) => !isPart(path) && isEntry(path)));
  const queue = [...kept];
  for (let path = queue.pop(); path !== undefined; path = queue.pop()) {
    const legal = parts.get(`${basename(path)}.LEGAL.txt`);
    const named = TEXT.test(path) ? (readFileSync(join(dist, path), 'utf8').match(HASHED) ?? []) : [];
    for (const part of [legal, ...named.map((name) => parts.get(name))]) {
      if (part === undefined || kept.has(part)) continue;
      kept.add(part);
      queue.push(part);
    }
  }
  return [...kept].sort();
}

/** @param {string} path */
function isPart(path) {
  return path.startsWith('chunks/') || path.startsWith('renderer/assets/');
}

/**
 * @param {string} top
 * @param {string} folder
 * @returns {string[]}
 */
function walk(top, folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? walk(top, path) : [relative(top, path).split(sep).join('/')];
  });
}

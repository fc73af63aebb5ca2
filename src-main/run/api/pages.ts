/** The renderer's files as every host gives them out: which there are, of what type, and under which content policy. */
import { realpathSync, statSync } from 'node:fs';
import { extname, join, resolve, sep } from 'node:path';

export const TYPES: ReadonlyMap<string, string> = new Map([
  ['.html', 'text/html; charset=utf-8'],
  ['.js', 'text/javascript; charset=utf-8'],
  ['.css', 'text/css; charset=utf-8'],
  ['.svg', 'image/svg+xml'],
  ['.png', 'image/png'],
  ['.ico', 'image/x-icon'],
  ['.woff2', 'font/woff2'],
  ['.json', 'application/json'],
  ['.webmanifest', 'application/manifest+json'],
  ['.map', 'application/json'],
  ['.wasm', 'application/wasm'],
  ['.txt', 'text/plain; charset=utf-8'],
]);

/** A file that lies in the folder itself: a link out of it leads nowhere. */
function isFileIn(root: string, path: string): boolean {
  try {
    return statSync(path).isFile() && realpathSync(path).startsWith(realpathSync(root) + sep);
  } catch {
    return false;
  }
}

/** The file for a path of the address, or null. Dot files and whatever lies outside the folder are not there. */
export function fileFor(folder: string, pathname: string): string | null {
  let decoded: string;
  try {
    decoded = decodeURIComponent(pathname);
  } catch {
    return null;
  }
  if (decoded.includes('\0') || decoded.includes('\\') || decoded.split('/').some((part) => part.startsWith('.')))
    return null;
  const root = resolve(folder);
  const path = join(root, decoded);
  return path.startsWith(root + sep) && TYPES.has(extname(path)) && isFileIn(root, path) ? path : null;
}

/** No script and no style but from our own files: the page holds none. */
export const CONTENT_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data: blob:",
  "font-src 'self'",
  "connect-src 'self'",
  "manifest-src 'self'",
  "worker-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "object-src 'none'",
].join('; ');

/** The renderer's files, from memory-bounded reads of one folder; nothing outside it, and no list of it. */
import { createReadStream, readFileSync, statSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { extname, join, sep } from 'node:path';
import { fileFor, TYPES } from '../api/pages.ts';

const MISSING = `<!doctype html><html lang="en"><meta charset="utf-8"><title>Sonde</title>
<h1>The desk is not built</h1>
<p>The server is running, but the pages it should show are not there (dist/renderer/index.html).</p>
<p>In a checkout, build them with <code>npm run build</code>. If this is an installed Sonde, install it again.</p>`;

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
}

function sendIndex(response: ServerResponse, folder: string, body: boolean): void {
  const index = join(folder, 'index.html');
  const page = isFile(index) ? readFileSync(index, 'utf8') : MISSING;
  response.writeHead(200, { 'Content-Type': 'text/html; charset=utf-8', 'Cache-Control': 'no-store' });
  response.end(body ? page : '');
}

/**
 * Answers GET and HEAD: a file of the folder; for a path without an ending, which is a place in the desk, the page.
 * False where there is nothing by that name.
 */
export function sendStatic(response: ServerResponse, folder: string, pathname: string, body: boolean): boolean {
  const path = fileFor(folder, pathname);
  if (path === null || path.endsWith(`${sep}index.html`)) {
    if (path === null && extname(pathname) !== '' && pathname !== '/') return false;
    sendIndex(response, folder, body);
    return true;
  }
  // Built files are named by their content.
  const hashed = /-[A-Z0-9]{8}\.\w+$/.test(pathname);
  response.writeHead(200, {
    'Content-Type': TYPES.get(extname(path))!,
    'Content-Length': statSync(path).size,
    'Cache-Control': hashed ? 'private, max-age=31536000, immutable' : 'no-cache',
  });
  if (body)
    createReadStream(path)
      .on('error', () => response.destroy())
      .pipe(response);
  else response.end();
  return true;
}

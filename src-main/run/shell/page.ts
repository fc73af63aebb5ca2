/** The desk's pages at an address of their own, `app://sonde/`: files of one folder, under a strict content policy. */
import { readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { CONTENT_POLICY, fileFor, TYPES } from '../api/pages.ts';
import type { ProtocolParts } from './electron-parts.ts';

export const SCHEME = 'app';
export const ORIGIN = `${SCHEME}://sonde`;

/** What the scheme may do, to be told before the app is ready. It is no way around the content policy. */
export const PRIVILEGES = {
  scheme: SCHEME,
  privileges: { standard: true, secure: true, supportFetchAPI: true, bypassCSP: false, corsEnabled: false },
} as const;

const HEADERS = {
  'Content-Security-Policy': CONTENT_POLICY,
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Permissions-Policy': 'camera=(), microphone=(), geolocation=(), usb=()',
} as const;

/** Whether an address is of the desk's own page. */
export function isOurPage(address: string): boolean {
  if (!URL.canParse(address)) return false;
  const { protocol, host, username, password } = new URL(address);
  return protocol === `${SCHEME}:` && host === 'sonde' && username === '' && password === '';
}

function refuse(status: number): Response {
  return new Response(null, { status, headers: HEADERS });
}

/** What is at an address of the scheme. */
export async function pageAt(folder: string, { method, url }: { method: string; url: string }): Promise<Response> {
  if (method !== 'GET') return refuse(405);
  if (!isOurPage(url)) return refuse(403);
  const { pathname } = new URL(url);
  const path = pathname === '/' ? join(folder, 'index.html') : fileFor(folder, pathname);
  if (path === null) return refuse(404);
  try {
    const bytes = await readFile(path);
    const type = TYPES.get(extname(path)) ?? 'application/octet-stream';
    return new Response(new Uint8Array(bytes), { headers: { ...HEADERS, 'Content-Type': type } });
  } catch {
    return refuse(404);
  }
}

export function servePages(protocol: ProtocolParts, folder: string): void {
  protocol.handle(SCHEME, (request) => pageAt(folder, request));
}

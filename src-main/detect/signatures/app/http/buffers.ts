/** The buffers of HTTP messages, by the names that rules have for them. Shared by HTTP/1 and HTTP/2. */
import { bytesOf, EMPTY } from '../bytes.ts';
import type { Side } from '../side.ts';
import { decodeBody, encodingsOf, type Decoded } from './encodings.ts';
import type { Field, Headers } from './headers.ts';
import { uploads } from './multipart.ts';
import { hostOf } from './uri.ts';

/** Buffers of one header each: of requests, of answers, of both. */
const REQUEST_FIELDS = {
  'user-agent': 'http.user_agent',
  cookie: 'http.cookie',
  referer: 'http.referer',
  accept: 'http.accept',
  'accept-encoding': 'http.accept_enc',
  'accept-language': 'http.accept_lang',
} as const;
const RESPONSE_FIELDS = { 'set-cookie': 'http.cookie', server: 'http.server', location: 'http.location' } as const;
const BOTH_FIELDS = {
  'content-type': 'http.content_type',
  'content-length': 'http.content_len',
  connection: 'http.connection',
} as const;

/** By direction. */
const FIELDS = [REQUEST_FIELDS, RESPONSE_FIELDS].map((own) => [...Object.entries(own), ...Object.entries(BOTH_FIELDS)]);

function addFields(side: Side, headers: Headers): void {
  for (const [key, name] of FIELDS[side.direction]!) if (side.asks(name)) side.put(name, headers.get(key));
}

const LINE_END = bytesOf('\r\n');
const COOKIES = ['cookie', 'set-cookie'] as const;

/** `http.header`, `http.header_names`, `http.request_header` and the buffers of single fields. */
export function addHeaders(side: Side, headers: Headers): void {
  addFields(side, headers);
  const { direction } = side;
  if (!headers.isEmpty) {
    if (side.asks('http.header')) side.put('http.header', linesOf(headers, COOKIES[direction]));
    if (side.asks('http.header_names')) side.put('http.header_names', headers.names());
  }
  const each = direction === 0 ? 'http.request_header' : 'http.response_header';
  if (!side.asks(each)) return;
  headers.fields.forEach(({ name, value }: Field) => side.add(each, `${name}: ${value}`));
}

/** All fields but the cookie. */
function linesOf(headers: Headers, cookie: string): Uint8Array | string {
  const plain = headers.linesWithout(cookie);
  if (plain) return plain;
  let lines = '';
  for (const { key, name, value } of headers.fields) if (key !== cookie) lines += `${name}: ${value}\r\n`;
  return lines;
}

/** The raw header, and the start line with it. */
export function addRaw(side: Side, line: Uint8Array, raw: Uint8Array): void {
  if (raw.length > 0) side.add('http.header.raw', raw);
  if (line.length > 0 && side.asks('http.start')) side.add('http.start', Buffer.concat([line, LINE_END, raw]));
}

/** `http.host`: of the target where that is absolute, else of the header. */
export function addHost(side: Side, headers: Headers, targetHost: string): void {
  const asksHost = side.asks('http.host');
  if (!asksHost && !side.asks('http.host.raw')) return;
  const raw = targetHost === '' ? headers.get('host') : targetHost;
  if (raw === undefined) return;
  if (asksHost) side.add('http.host', hostOf(raw));
  side.add('http.host.raw', raw);
}

/** The file name of a `Content-Disposition` (RFC 6266). */
export function dispositionName(value: string): string {
  const told = /filename\*?\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^;\s]*))/i.exec(value);
  return (told?.[1] ?? told?.[2] ?? '').replace(/\\(.)/g, '$1');
}

/** What is said of files. */
const OF_FILES = ['file_data', 'filesize', 'file.name'] as const;

/**
 * Decodes a body and adds it; says how the decoding went, where that is heard or anybody asks for what is decoded. `path`: the
 * target, whose end names the file.
 */
export function addBody(
  side: Side,
  headers: Headers,
  raw: Uint8Array,
  total: number,
  path: string,
  heard = true,
): Decoded | null {
  if (total === 0) return null;
  const asksFiles = OF_FILES.some((one) => side.asks(one));
  if (!heard && !asksFiles && (side.direction === 0 || !side.asks('http.response_body'))) {
    if (side.direction === 0) side.add('http.request_body', raw);
    return null;
  }
  const encodings = encodingsOf(headers.get('content-encoding') ?? '');
  const decoded = decodeBody(raw, encodings);
  const main = decoded.bodies[0] ?? EMPTY;
  const files = side.direction === 0 && asksFiles ? uploads(main, headers.get('content-type') ?? '') : null;
  const each = side.direction === 0 ? 'http.request_body' : 'http.response_body';
  // The body of a request is looked at as it was sent.
  for (const body of side.direction === 0 ? [raw] : decoded.bodies) side.add(each, body);
  if (!asksFiles) return decoded;
  if (files === null) {
    for (const body of decoded.bodies) side.add('file_data', body);
    side.number('filesize', encodings.length === 0 ? total : main.length);
    const told = dispositionName(headers.get('content-disposition') ?? '') || pathName(path);
    if (told !== '') side.add('file.name', told);
  }
  for (const file of files ?? []) {
    side.add('file_data', file.data).number('filesize', file.data.length);
    if (file.name !== '') side.add('file.name', bytesOf(file.name));
  }
  return decoded;
}

/** The file's name by a target's path. */
function pathName(path: string): string {
  const end = path.search(/[?#]/);
  const whole = end < 0 ? path : path.slice(0, end);
  return whole.slice(whole.lastIndexOf('/') + 1);
}

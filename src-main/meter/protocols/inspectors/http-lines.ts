/** The lines of HTTP/1 that a message is read by beside its header: a request's first one, an answer's status, a chunk's size. */
import { findText, latin1, lineText, own, startsWith, text } from '../bytes.ts';

export const METHODS = [
  'GET',
  'POST',
  'HEAD',
  'PUT',
  'DELETE',
  'OPTIONS',
  'PATCH',
  'CONNECT',
  'TRACE',
  'PROPFIND',
  'PROPPATCH',
  'MKCOL',
  'COPY',
  'MOVE',
  'LOCK',
  'UNLOCK',
  'REPORT',
  'SEARCH',
  'SUBSCRIBE',
  'UNSUBSCRIBE',
  'NOTIFY',
  'MERGE',
  'CHECKOUT',
  'RPC_CONNECT',
  'RPC_IN_DATA',
  'RPC_OUT_DATA',
  'CCM_POST',
  'BITS_POST',
  'DESCRIBE',
  'POLL',
  'BPROPFIND',
  'SOURCE',
  'SSTP_DUPLEX_POST',
  'MKCALENDAR',
  'PURGE',
  'LINK',
  'ACL',
  'BDELETE',
  'BPROPPATCH',
  'MKACTIVITY',
  'QUERY',
];
const METHOD_MAX = 20;
const METHOD = /^[A-Za-z_-]{2,20}$/;
/** A longer target is shown by its beginning and its end: what matters may stand behind a long filling. */
const LINE_MAX = 4096;
const LINE_HALF = 2047;

export interface Pending {
  readonly method: string;
  readonly user: string;
  readonly login: boolean;
}

/** A method that has a name here: its bytes, and the request of nobody that all without an account share. */
export interface Method {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly pending: Pending;
}
const METHODS_BY_FIRST: readonly (readonly Method[])[] = Array.from({ length: 256 }, (_, first) =>
  METHODS.filter((name) => name.charCodeAt(0) === first).map((name) => ({
    name,
    bytes: Uint8Array.from(name, (c) => c.charCodeAt(0)),
    pending: { method: name, user: '', login: false },
  })),
);

/** The method whose name is [at, end); null where it has none of these. */
function methodAt(data: Uint8Array, at: number, end: number): Method | null {
  const methods = METHODS_BY_FIRST[data[at]!]!;
  for (let k = 0; k < methods.length; k++) {
    const { bytes } = methods[k]!;
    if (bytes.length !== end - at) continue;
    let i = 1;
    while (i < bytes.length && bytes[i] === data[at + i]) i++;
    if (i === bytes.length) return methods[k]!;
  }
  return null;
}

/** Longest line that states a chunk's size. */
export const SIZE_LINE = 32;
/** Digits of the largest chunk's size that are read. */
const SIZE_DIGITS = 12;

/** The size that a chunk's line [at, end) states in hexadecimal, behind blanks; -1 where it states none. */
export function sizeAt(data: Uint8Array, at: number, end: number): number {
  const stop = Math.min(end, at + SIZE_LINE);
  let from = at;
  while (from < stop && (data[from] === 0x20 || (data[from]! >= 9 && data[from]! <= 0x0d) || data[from] === 0xa0))
    from++;
  let size = 0;
  let i = from;
  for (; i < stop && i - from < SIZE_DIGITS; i++) {
    const digit = hexDigit(data[i]!);
    if (digit < 0) break;
    size = size * 16 + digit;
  }
  return i > from ? size : -1;
}

function hexDigit(c: number): number {
  if (c >= 0x30 && c <= 0x39) return c - 0x30;
  const letter = c | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1;
}

/** The status of the answer that begins at `at`; 0 where it has none. */
export function statusAt(data: Uint8Array, at: number, stop: number): number {
  const space = findText(data, ' ', at, Math.min(stop, at + 12));
  if (space < 0) return 0;
  let status = 0;
  for (let i = space + 1; i < space + 4; i++) {
    const digit = i < stop ? data[i]! - 0x30 : -1;
    // Blanks and signs before a number are nobody's who means well, and read all the same.
    if (digit < 0 || digit > 9) return Number.parseInt(latin1(data, space + 1, Math.min(stop, space + 4)), 10) || 0;
    status = status * 10 + digit;
  }
  return status;
}

/** The request line that was read last. */
class RequestLine {
  method = '';
  /** The method, where it is one of those named here. */
  known: Method | null = null;
  uri = '';
  /** It says which version it is of. */
  versioned = false;
}
export const line = new RequestLine();

const VERSION = ' HTTP/';

/** Where the last version of the line [at, end) begins, -1 for nowhere. */
function versionIn(data: Uint8Array, at: number, end: number): number {
  for (let i = end - VERSION.length; i >= at; i--) if (data[i] === 0x20 && startsWith(data, i, end, VERSION)) return i;
  return -1;
}

/** Reads the line [at, lf) into `line`. False where it is no request's. */
export function readRequestLine(data: Uint8Array, at: number, lf: number): boolean {
  if (lf - at > LINE_MAX) return readLongLine(data, at, lf);
  const end = lf > at && data[lf - 1] === 0x0d ? lf - 1 : lf;
  let space = at;
  while (space < end && data[space] !== 0x20) space++;
  const known = space < end ? methodAt(data, at, space) : null;
  const method = known ? known.name : space < end ? text(data, at, space, METHOD_MAX + 1) : '';
  line.known = known;
  line.method = method;
  if (!known && !METHOD.test(method)) return false;
  const version = versionIn(data, at, end);
  line.versioned = version >= 0;
  line.uri = text(data, space + 1, version > space ? version : end, LINE_MAX);
  return true;
}

/** As `readRequestLine`, of a line that is shown by its beginning and its end. */
function readLongLine(data: Uint8Array, at: number, lf: number): boolean {
  const shown = `${lineText(data, at, lf, LINE_HALF)}…${lineText(data, lf - LINE_HALF, lf, LINE_HALF)}`;
  const space = shown.indexOf(' ');
  const method = space > 0 ? shown.slice(0, space) : '';
  const last = shown.lastIndexOf(VERSION);
  line.known = null;
  line.method = method;
  line.versioned = last >= 0;
  line.uri = own(last > space ? shown.slice(space + 1, last) : shown.slice(space + 1));
  return METHOD.test(method);
}

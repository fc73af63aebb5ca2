/** Request targets (RFC 3986), normalised as servers that forgive most would read them. */
import { equalAt, latin, SPACE, textOf } from '../bytes.ts';

export interface Target {
  /** Path, query and fragment, decoded once, without dot segments, doubled and backward slashes. */
  readonly normal: string;
  /** Of an absolute target; lower case. */
  readonly host: string;
  /** Percent signs that lead to another encoded byte after decoding. */
  readonly doubleEncoded: boolean;
}

const [SLASH, BACKSLASH, DOT, PERCENT, HASH, QUESTION] = [47, 92, 46, 37, 35, 63];

const hex = (text: string): boolean => /^[0-9a-f]+$/i.test(text);

/** Decodes `%xx`, and `%uxxxx` to its low byte where it is of ASCII; what is invalid stays. */
export function percentDecode(text: string): string {
  if (!text.includes('%')) return text;
  return text.replace(/%(u[0-9a-f]{4}|[0-9a-f]{2})/gi, (whole, code: string) => {
    if (code.length === 2) return String.fromCharCode(Number.parseInt(code, 16));
    const point = Number.parseInt(code.slice(1), 16);
    if (point >= 0xff01 && point <= 0xff5e) return String.fromCharCode(point - 0xfee0);
    return point < 256 ? String.fromCharCode(point) : whole === '' || !hex(code.slice(1)) ? whole : '?';
  });
}

/** RFC 3986, 5.2.4. */
function removeDots(path: string): string {
  if (!/(?:^|\/)\.\.?(?:\/|$)/.test(path)) return path;
  const out: string[] = [];
  const parts = path.split('/');
  const rooted = path.startsWith('/');
  parts.forEach((part, i) => {
    const last = i === parts.length - 1;
    if (part === '..') {
      if (out.length > (rooted ? 1 : 0)) out.pop();
      if (last) out.push('');
    } else if (part === '.') {
      if (last) out.push('');
    } else out.push(part);
  });
  return out.join('/');
}

function normalPath(path: string): string {
  return removeDots(
    percentDecode(path)
      .replaceAll('\\', '/')
      .replace(/\/{2,}/g, '/'),
  );
}

/** A path of the root, and perhaps a query, in which nothing is encoded and nothing has to be put right. */
function isNormal(raw: string): boolean {
  if (raw.charCodeAt(0) !== SLASH) return false;
  let inQuery = false;
  for (let i = 1; i < raw.length; i++) {
    const c = raw.charCodeAt(i);
    if (c === PERCENT || c === HASH) return false;
    if (inQuery) continue;
    if (c === BACKSLASH || ((c === SLASH || c === DOT) && raw.charCodeAt(i - 1) === SLASH)) return false;
    inQuery = c === QUESTION;
  }
  return true;
}

/** Splits `scheme://host:port/path?query#fragment`; a target without a scheme is a path. */
export function readTarget(raw: string): Target {
  if (isNormal(raw)) return { normal: raw, host: '', doubleEncoded: false };
  const absolute = /^[a-z][a-z0-9+.-]*:\/\/([^/?#]*)/i.exec(raw);
  const rest = absolute === null ? raw : raw.slice(absolute[0].length);
  const hash = rest.indexOf('#');
  const beforeHash = hash < 0 ? rest : rest.slice(0, hash);
  const mark = beforeHash.indexOf('?');
  const path = mark < 0 ? beforeHash : beforeHash.slice(0, mark);
  const query = mark < 0 ? '' : percentDecode(beforeHash.slice(mark));
  const fragment = hash < 0 ? '' : percentDecode(rest.slice(hash));
  const normal = normalPath(path);
  return {
    normal: `${normal}${query}${fragment}`,
    host: hostOf(absolute?.[1] ?? ''),
    doubleEncoded: path.includes('%25') && /%[0-9a-f]{2}/i.test(percentDecode(path)),
  };
}

/** The host of `user@host:port`, lower case. */
export function hostOf(authority: string): string {
  const told = authority
    .slice(authority.lastIndexOf('@') + 1)
    .trim()
    .toLowerCase();
  if (told.startsWith('[')) return told.slice(0, told.indexOf(']') + 1 || undefined);
  const colon = told.indexOf(':');
  const host = colon < 0 ? told : told.slice(0, colon);
  return host.endsWith('.') ? host.slice(0, -1) : host;
}

export interface RequestLine {
  readonly method: string;
  readonly target: string;
  readonly protocol: string;
}

/** `METHOD target HTTP/1.1`, with single spaces, as nearly all are; null: it is another line. */
function plainLine(data: Uint8Array, from: number, to: number): RequestLine | null {
  const method = wordEnd(data, from, to);
  const target = wordEnd(data, method + 1, to);
  const isPlain = method > from && data[method] === SPACE && target > method + 1 && data[target] === SPACE;
  if (!isPlain || wordEnd(data, target + 1, to) !== to || !equalAt(data, target + 1, 'HTTP/')) return null;
  return {
    method: textOf(data, from, method),
    target: textOf(data, method + 1, target),
    protocol: textOf(data, target + 1, to),
  };
}

/** Where the visible letters of ASCII end that begin at `from`. */
function wordEnd(data: Uint8Array, from: number, to: number): number {
  let at = from;
  while (at < to && data[at]! > SPACE && data[at]! < 127) at++;
  return at;
}

/** Method, target and protocol; white space inside the target belongs to it where a protocol follows. */
export function readRequestLine(data: Uint8Array, from: number, to: number): RequestLine {
  const plain = plainLine(data, from, to);
  if (plain) return plain;
  const line = latin(data, from, to);
  const method = /^\S*/.exec(line.trimStart())?.[0] ?? '';
  const rest = line.trimStart().slice(method.length).trimStart();
  const protocol = /^(.*?)\s+(HTTP\/?\S*)\s*$/is.exec(rest);
  if (protocol !== null) return { method, target: protocol[1]!, protocol: protocol[2]! };
  const parts = /^(\S+)\s+(\S+)\s*$/.exec(rest);
  if (parts !== null) return { method, target: parts[1]!, protocol: parts[2]! };
  return { method, target: rest.trimEnd(), protocol: '' };
}

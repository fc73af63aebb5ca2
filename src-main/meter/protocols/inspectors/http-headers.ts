/** The header block of an HTTP/1 message: the few fields that say who talks to whom about what. */
import { findText, latin1, own, printable, startsWith, text } from '../bytes.ts';
import { Recurring } from '../recurring.ts';
import { ntlmIn } from './gssapi.ts';
import type { HttpMessage } from '../types.ts';
import type { WeirdName } from '../weird.ts';

const LINES_MAX = 256;

export class HeaderBlock {
  host = '';
  agent = '';
  server = '';
  contentType = '';
  upgrade = '';
  authorization: HttpMessage['authorization'] = '';
  /** Account of Basic credentials; the secret is not kept. */
  user = '';
  /** The credentials are the first step of several (NTLM): its refusal is no failed login. */
  firstStep = false;
  /** Content-Length, -1 when not stated or unusable. */
  length = -1;
  chunked = false;
  noBody = false;
  fault: WeirdName | '' = '';
  /** First line with code where data belongs, as sent. */
  odd = '';

  clear(): void {
    this.host = '';
    this.agent = '';
    this.server = '';
    this.contentType = '';
    this.upgrade = '';
    this.authorization = '';
    this.user = '';
    this.firstStep = false;
    this.length = -1;
    this.chunked = false;
    this.noBody = false;
    this.fault = '';
    this.odd = '';
  }
}

/** Account of "user:password" in Base64; the password is dropped here and goes nowhere. */
export function basicUser(encoded: string): string {
  const decoded = Buffer.from(encoded.slice(0, 512), 'base64').toString('latin1');
  const colon = decoded.indexOf(':');
  const user = colon < 0 ? '' : decoded.slice(0, Math.min(colon, 128));
  return isToken(user) ? '' : text(Buffer.from(user, 'latin1'), 0, user.length, 128);
}

const TOKEN =
  /^(?:gh[a-z]_|github_pat_|gl[a-z]{2,6}-|xox[a-z]-|sk[-_]|pk[-_]|rk_|eyJ|AKIA|AIza|npm_|pypi-|dop_v1_|hf_)/;
const OPAQUE = /^(?=[^\d]*\d)(?=[^A-Za-z]*[A-Za-z])[\w+/=-]{20,}$/;

/** Where a token is all that is asked for, it is sent in the place of an account. */
function isToken(user: string): boolean {
  return TOKEN.test(user) || OPAQUE.test(user);
}

const SCHEMES: ReadonlyMap<string, HttpMessage['authorization']> = new Map([
  ['basic', 'basic'],
  ['digest', 'digest'],
  ['bearer', 'bearer'],
  ['ntlm', 'ntlm'],
  ['negotiate', 'negotiate'],
]);

/** What an Authorization field says of the way and the account; the secret is not kept. */
export function authorization(value: string, block: HeaderBlock): void {
  const space = value.indexOf(' ');
  const scheme = (space < 0 ? value : value.slice(0, space)).toLowerCase();
  block.authorization = SCHEMES.get(scheme) ?? 'other';
  if ((scheme === 'ntlm' || scheme === 'negotiate') && space > 0) {
    const token = Buffer.from(value.slice(space + 1, space + 2049), 'base64');
    const { type, user } = ntlmIn(token, 0, token.length);
    block.firstStep = type === 1;
    block.user = user;
  } else if (scheme === 'basic' && space > 0) block.user = basicUser(value.slice(space + 1).trim());
  else if (scheme === 'digest') block.user = own(/username="([^"]{1,128})"/.exec(value)?.[1] ?? '');
}

/** Digits of the longest length that is believed. */
const DIGITS_MAX = 15;

/** The number whose digits are [at, end); -1 where it is none. */
function numberAt(data: Uint8Array, at: number, end: number): number {
  if (at >= end || end - at > DIGITS_MAX) return -1;
  let number = 0;
  for (let i = at; i < end; i++) {
    const digit = data[i]! - 0x30;
    if (digit < 0 || digit > 9) return -1;
    number = number * 10 + digit;
  }
  return number;
}

function contentLength(length: number, block: HeaderBlock): void {
  if (length < 0) {
    block.fault ||= 'http-bad-length';
    return;
  }
  if (block.length >= 0 && block.length !== length) block.fault ||= 'http-two-lengths';
  block.length = length;
}

const values = new Recurring(printable, 192);
const hosts = new Recurring((raw) => printable(raw).toLowerCase());

const VALUE_MAX = 256;

const isBlank = (c: number): boolean => c === 0x20 || c === 9;

/** Where the value behind the colon begins, without the blanks and tabs around it (RFC 9110, 5.6.3). */
function valueStart(data: Uint8Array, colon: number, end: number): number {
  let from = colon + 1;
  while (from < end && isBlank(data[from]!)) from++;
  return from;
}

/** Where the value that begins at `from` ends, of which no byte beyond `end` is looked at. */
function valueStop(data: Uint8Array, from: number, end: number): number {
  let to = end;
  while (to > from && isBlank(data[to - 1]!)) to--;
  return to;
}

/** The value behind the colon, at most `max` characters of the line; those that recur are one string. */
function value(data: Uint8Array, colon: number, end: number, max: number, texts = values): string {
  const stop = Math.min(end, colon + 1 + max);
  const from = valueStart(data, colon, stop);
  return texts.get(data, from, valueStop(data, from, stop));
}

/** One field; the length of its name decides what it may be, so that most lines cost a comparison. */
function field(data: Uint8Array, at: number, colon: number, end: number, block: HeaderBlock): void {
  switch (colon - at) {
    case 4:
      if (block.host === '' && startsWith(data, at, colon, 'HOST', true))
        block.host = value(data, colon, end, VALUE_MAX, hosts);
      return;
    case 6:
      if (startsWith(data, at, colon, 'SERVER', true)) block.server = value(data, colon, end, VALUE_MAX);
      return;
    case 7:
      if (startsWith(data, at, colon, 'UPGRADE', true)) block.upgrade = value(data, colon, end, 64);
      return;
    case 10:
      if (startsWith(data, at, colon, 'USER-AGENT', true)) block.agent = value(data, colon, end, VALUE_MAX);
      return;
    case 12:
      if (startsWith(data, at, colon, 'CONTENT-TYPE', true)) block.contentType = value(data, colon, end, 128);
      return;
    case 13:
      if (startsWith(data, at, colon, 'AUTHORIZATION', true)) authorized(data, colon, end, block);
      return;
    case 14:
      if (startsWith(data, at, colon, 'CONTENT-LENGTH', true)) lengthStated(data, colon, end, block);
      return;
    case 17:
      if (
        startsWith(data, at, colon, 'TRANSFER-ENCODING', true) &&
        findText(data, 'CHUNKED', colon + 1, Math.min(end, colon + 1 + 64), true) >= 0
      )
        block.chunked = true;
      return;
    case 19:
      if (startsWith(data, at, colon, 'PROXY-AUTHORIZATION', true)) authorized(data, colon, end, block);
      return;
  }
}

function lengthStated(data: Uint8Array, colon: number, end: number, block: HeaderBlock): void {
  const stop = Math.min(end, colon + 1 + 32);
  const from = valueStart(data, colon, stop);
  contentLength(numberAt(data, from, valueStop(data, from, stop)), block);
}

function authorized(data: Uint8Array, colon: number, end: number, block: HeaderBlock): void {
  authorization(latin1(data, colon + 1, end, 2048).trim(), block);
}

/** The line [at, end), whose first colon stands at `colon`, -1 for none. `brace`: there is one in the line, so it may carry code. */
function line(data: Uint8Array, at: number, colon: number, end: number, brace: boolean, block: HeaderBlock): void {
  if (colon <= at) {
    // A line that begins with a blank continues the one before it.
    if (data[at] !== 0x20 && data[at] !== 9) block.fault ||= 'http-bad-header';
    return;
  }
  field(data, at, colon, end, block);
  if (brace && block.odd.length < ODD_MAX) odd(data, at, colon, end, block);
}

/** Letters of lines with code that are shown: several, for the first may be there to hide the others. */
const ODD_MAX = 1024;
const ODD_LINE = 512;
/** Letters that are shown before the code of a long line. */
const ODD_BEFORE = 64;

function odd(data: Uint8Array, at: number, colon: number, end: number, block: HeaderBlock): void {
  const code = codeIn(data, colon + 1, end);
  if (code < 0) return;
  const shown = text(data, end - at > ODD_LINE ? Math.max(at, code - ODD_BEFORE) : at, end, ODD_LINE);
  block.odd = block.odd === '' ? shown : `${block.odd}\n${shown}`;
}

/** Where '${', '%{' or '()' followed by a brace stands: expressions and function definitions, which no header needs. -1: nowhere. */
function codeIn(data: Uint8Array, at: number, end: number): number {
  for (let i = at; i + 1 < end; i++) {
    const c = data[i]!;
    if ((c === 0x24 || c === 0x25) && data[i + 1] === 0x7b) return i;
    if (c === 0x28 && data[i + 1] === 0x29 && (data[i + 2] === 0x7b || (data[i + 2] === 0x20 && data[i + 3] === 0x7b)))
      return i;
  }
  return -1;
}

/**
 * Reads the block whose start line begins at `at` into `block`. Returns where the body begins, -1 while the empty
 * line that ends the block is not there. `searched`: bytes of the block that were looked at before, in vain.
 */
export function readHeaders(data: Uint8Array, at: number, end: number, block: HeaderBlock, searched = 0): number {
  if (searched === 0) return readLines(data, at, end, block);
  // What comes in pieces is read once it is whole. The empty line may have begun in the last bytes of those before.
  const stop = blockEnd(data, at + Math.max(0, searched - 2), end);
  if (stop >= 0) readLines(data, at, stop, block);
  return stop;
}

/**
 * Reads the lines from `at`, the first of which is the start line, into `block`, up to the empty one. Returns where that
 * ends; -1 when it does not stand before `end`.
 */
export function readLines(data: Uint8Array, at: number, end: number, block: HeaderBlock): number {
  block.clear();
  const stop = eachLine(data, at, end, block);
  if (block.chunked && block.length >= 0) block.fault ||= 'http-two-lengths';
  return stop;
}

/** Looks at each byte once. */
function eachLine(data: Uint8Array, at: number, end: number, block: HeaderBlock): number {
  let from = at;
  for (let lines = 0; from < end && lines < LINES_MAX; lines++) {
    let colon = -1;
    let bad = -1;
    let brace = false;
    let lf = from;
    for (; lf < end; lf++) {
      const c = data[lf]!;
      // Letters, digits and dashes stand between these: most bytes of a name.
      if (c > 0x3a) {
        if (c === 0x7b) brace = true;
      } else if (c === 0x3a) {
        colon = lf++;
        break;
      } else if (c === 0x0a) break;
      else if (c < 0x20 && c !== 9 && bad < 0) bad = lf;
    }
    if (colon >= 0)
      for (; lf < end; lf++) {
        const c = data[lf]!;
        if (c === 0x0a) break;
        if (c === 0x7b) brace = true;
      }
    const to = lf > from && data[lf - 1] === 0x0d ? lf - 1 : lf;
    if (lines > 0) {
      if (to === from && lf < end) return lf + 1;
      if (bad >= 0 && bad < to) block.fault ||= 'http-bad-header';
      else if (to > from) line(data, from, colon, to, brace, block);
    }
    from = lf + 1;
  }
  // Of a block of more lines, only the end is looked for.
  return from < end ? blockEnd(data, from - 1, end) : -1;
}

function blockEnd(data: Uint8Array, at: number, end: number): number {
  for (let i = at; i < end; i++) {
    if (data[i] !== 0x0a) continue;
    if (i + 1 < end && data[i + 1] === 0x0a) return i + 2;
    if (i + 2 < end && data[i + 1] === 0x0d && data[i + 2] === 0x0a) return i + 3;
  }
  return -1;
}

/** ClientHello and ServerHello (RFC 5246, RFC 8446, SSLv2-compatible hellos), and the fingerprints made of them. */
import { hash } from 'node:crypto';
import { printable, u16, u24 } from '../bytes.ts';
import { Recurring } from '../recurring.ts';

const LIST_MAX = 512;
const NONE: readonly string[] = [];

/** Numbers in the order of the wire; the room is used again from hello to hello. */
export class Values {
  readonly at = new Uint16Array(LIST_MAX);
  count = 0;

  push(value: number): void {
    if (this.count < LIST_MAX) this.at[this.count++] = value;
  }
}

/** What a hello says; there is one, so it is over when the next is read. Lists are in the order of the wire. */
export class Hello {
  legacyVersion = 0;
  readonly ciphers = new Values();
  readonly extensions = new Values();
  readonly groups = new Values();
  readonly formats = new Values();
  readonly signatures = new Values();
  readonly versions = new Values();
  alpn: readonly string[] = NONE;
  sni = '';
  hasSni = false;
  /** A length inside the hello contradicts another. */
  lies = false;

  clear(): this {
    this.legacyVersion = 0;
    this.ciphers.count = 0;
    this.extensions.count = 0;
    this.groups.count = 0;
    this.formats.count = 0;
    this.signatures.count = 0;
    this.versions.count = 0;
    this.alpn = NONE;
    this.sni = '';
    this.hasSni = false;
    this.lies = false;
    return this;
  }
}

/** RFC 8701: values clients send to keep servers tolerant. */
export function isGrease(value: number): boolean {
  return (value & 0x0f0f) === 0x0a0a && value >>> 8 === (value & 0xff);
}

const theHello = new Hello();

function list16(data: Uint8Array, at: number, end: number, into: Values): void {
  const { at: values } = into;
  let { count } = into;
  for (let i = at; i + 2 <= end && count < LIST_MAX; i += 2) values[count++] = (data[i]! << 8) | data[i + 1]!;
  into.count = count;
}

/** A list after its own length of `width` bytes; empty when the length does not fit. */
function inner(data: Uint8Array, at: number, end: number, width: 1 | 2): number {
  if (at + width > end) return -1;
  const stop = at + width + (width === 1 ? data[at]! : u16(data, at));
  return stop > end ? -1 : stop;
}

const names = new Recurring((raw) => printable(raw).toLowerCase());
const protocols = new Recurring((raw) => raw);

function readSni(data: Uint8Array, at: number, end: number, hello: Hello): void {
  hello.hasSni = true;
  if (at + 5 > end || data[at + 2] !== 0) return;
  const stop = at + 5 + u16(data, at + 3);
  if (stop > end) hello.lies = true;
  else hello.sni = names.get(data, at + 5, Math.min(stop, at + 260));
}

function readAlpn(data: Uint8Array, at: number, end: number, hello: Hello): void {
  const stop = inner(data, at, end, 2);
  const alpn = [...hello.alpn];
  for (let i = at + 2; i < stop && alpn.length < 32;) {
    const next = i + 1 + data[i]!;
    if (next > stop) break;
    alpn.push(protocols.get(data, i + 1, next));
    i = next;
  }
  hello.alpn = alpn;
}

function readVersions(data: Uint8Array, at: number, end: number, hello: Hello): void {
  if (end - at === 2) hello.versions.push(u16(data, at));
  else list16(data, at + 1, Math.max(at + 1, inner(data, at, end, 1)), hello.versions);
}

function readExtension(type: number, data: Uint8Array, at: number, end: number, hello: Hello): void {
  switch (type) {
    case 0:
      return readSni(data, at, end, hello);
    case 10:
      return list16(data, at + 2, inner(data, at, end, 2), hello.groups);
    case 11:
      for (let i = at + 1, stop = inner(data, at, end, 1); i < stop; i++) hello.formats.push(data[i]!);
      return;
    case 13:
      return list16(data, at + 2, inner(data, at, end, 2), hello.signatures);
    case 16:
      return readAlpn(data, at, end, hello);
    case 43:
      return readVersions(data, at, end, hello);
  }
}

function readExtensions(data: Uint8Array, at: number, end: number, hello: Hello): void {
  if (at + 2 > end) return;
  const stop = at + 2 + u16(data, at);
  if (stop > end) hello.lies = true;
  const last = Math.min(stop, end);
  let next = at + 2;
  while (next + 4 <= last && hello.extensions.count < LIST_MAX) {
    const type = u16(data, next);
    const from = next + 4;
    next = from + u16(data, next + 2);
    hello.extensions.push(type);
    if (next > last) {
      hello.lies = true;
      return;
    }
    readExtension(type, data, from, next, hello);
  }
}

/** Body [at, end) of a ClientHello; `dtls` ones carry a cookie. Null when it does not even hold its fixed part. */
export function readClientHello(data: Uint8Array, at: number, end: number, dtls: boolean): Hello | null {
  if (at + 35 > end) return null;
  const hello = theHello.clear();
  hello.legacyVersion = u16(data, at);
  let next = at + 35 + data[at + 34]!;
  if (dtls) {
    if (next >= end) return null;
    next += 1 + data[next]!;
  }
  if (next + 2 > end) return null;
  const ciphersEnd = next + 2 + u16(data, next);
  if (ciphersEnd > end) return null;
  list16(data, next + 2, ciphersEnd, hello.ciphers);
  if (ciphersEnd >= end) return hello;
  next = ciphersEnd + 1 + data[ciphersEnd]!;
  if (next > end) hello.lies = true;
  else readExtensions(data, next, end, hello);
  return hello;
}

/** Body [at, end) of a ServerHello: `ciphers` holds the chosen one. */
export function readServerHello(data: Uint8Array, at: number, end: number): Hello | null {
  if (at + 35 > end) return null;
  const hello = theHello.clear();
  hello.legacyVersion = u16(data, at);
  const next = at + 35 + data[at + 34]!;
  if (next + 3 > end) return null;
  hello.ciphers.push(u16(data, next));
  readExtensions(data, next + 3, end, hello);
  return hello;
}

/** An SSLv2-compatible ClientHello: [at, end) begins after the two length bytes. */
export function readSslV2Hello(data: Uint8Array, at: number, end: number): Hello | null {
  if (at + 9 > end || data[at] !== 1) return null;
  const hello = theHello.clear();
  hello.legacyVersion = u16(data, at + 1);
  const stop = at + 9 + u16(data, at + 3);
  for (let i = at + 9; i + 3 <= Math.min(stop, end) && hello.ciphers.count < LIST_MAX; i += 3) {
    const cipher = u24(data, i);
    if (cipher <= 0xffff) hello.ciphers.push(cipher);
  }
  return hello;
}

/** Highest version offered, without GREASE; the legacy field where the extension is absent. */
export function bestVersion(hello: Hello): number {
  let best = 0;
  const dtls = hello.legacyVersion >= 0xfe00;
  const { at, count } = hello.versions;
  for (let i = 0; i < count; i++) {
    const version = at[i]!;
    if (isGrease(version)) continue;
    if (best === 0 || (dtls ? version < best : version > best)) best = version;
  }
  return best === 0 ? hello.legacyVersion : best;
}

const VERSIONS: ReadonlyMap<number, readonly [name: string, ja4: string]> = new Map([
  [0x0002, ['SSLv2', 's2']],
  [0x0200, ['SSLv2', 's2']],
  [0x0300, ['SSLv3', 's3']],
  [0x0301, ['TLSv1.0', '10']],
  [0x0302, ['TLSv1.1', '11']],
  [0x0303, ['TLSv1.2', '12']],
  [0x0304, ['TLSv1.3', '13']],
  [0xfeff, ['DTLSv1.0', 'd1']],
  [0xfefd, ['DTLSv1.2', 'd2']],
  [0xfefc, ['DTLSv1.3', 'd3']],
]);

export function versionName(version: number): string {
  const known = VERSIONS.get(version);
  if (known) return known[0];
  return version >>> 8 === 0x7f ? 'TLSv1.3' : `0x${version.toString(16).padStart(4, '0')}`;
}

/** Fingerprints of one hello. */
export interface Fingerprints {
  ja3: string;
  ja4: string;
}

const short = (text: Uint8Array): string => hash('sha256', text).slice(0, 12);
const EMPTY_HASH = '000000000000';
const two = (count: number): string => String(Math.min(99, count)).padStart(2, '0');

function ja4Alpn(first: string | undefined): string {
  if (first === undefined || first === '') return '00';
  const a = first.charCodeAt(0);
  const z = first.charCodeAt(first.length - 1);
  const alphanumeric = (c: number): boolean => (c >= 48 && c <= 57) || (c >= 65 && c <= 90) || (c >= 97 && c <= 122);
  if (alphanumeric(a) && alphanumeric(z)) return first.charAt(0) + first.charAt(first.length - 1);
  return a.toString(16).padStart(2, '0').charAt(0) + z.toString(16).padStart(2, '0').charAt(1);
}

/** Text being composed: six lists of numbers of at most five digits, each with a separator. */
const composed = new Uint8Array(LIST_MAX * 6 * 6 + 64);
const DASH = 0x2d;
const COMMA = 0x2c;
const UNDERSCORE = 0x5f;

/** Writes `value` (below 65,536) in decimal at `at`; returns where the text goes on. */
function decimal(value: number, at: number): number {
  let digits = value < 10 ? 1 : value < 100 ? 2 : value < 1000 ? 3 : value < 10_000 ? 4 : 5;
  const next = at + digits;
  for (let rest = value; digits > 0; digits--) {
    composed[at + digits - 1] = 0x30 + (rest % 10);
    rest = (rest / 10) | 0;
  }
  return next;
}

const digitOf = (nibble: number): number => (nibble < 10 ? 0x30 : 0x57) + nibble;

/** Writes `count` of `values` as four hexadecimal digits each, with commas between them. */
function hexadecimals(values: Uint16Array, count: number, at: number): number {
  let next = at;
  for (let i = 0; i < count; i++) {
    const value = values[i]!;
    if (i > 0) composed[next++] = COMMA;
    composed[next++] = digitOf(value >>> 12);
    composed[next++] = digitOf((value >>> 8) & 15);
    composed[next++] = digitOf((value >>> 4) & 15);
    composed[next++] = digitOf(value & 15);
  }
  return next;
}

/** What fingerprints are made of, without GREASE: the lists one after the other, each ended by `ENDS`. */
const parts = new Uint16Array(LIST_MAX * 6 + 512);
/** A GREASE value: in a list without them it can only be an end. */
const ENDS = 0x0a0a;

function part(values: Values, at: number): number {
  const { at: list, count } = values;
  let next = at;
  for (let i = 0; i < count; i++) {
    const value = list[i]!;
    if ((value & 0x0f0f) !== ENDS || !isGrease(value)) parts[next++] = value;
  }
  parts[next++] = ENDS;
  return next;
}

/** JA3's text: version, ciphers, extensions, groups and formats in decimal, which are the first lists of `parts`. */
function ja3(): string {
  let next = decimal(parts[1]!, 0);
  let first = true;
  composed[next++] = COMMA;
  for (let i = 2, lists = 0; lists < 4; i++) {
    const value = parts[i]!;
    if (value === ENDS) {
      if (++lists < 4) composed[next++] = COMMA;
      first = true;
      continue;
    }
    if (!first) composed[next++] = DASH;
    first = false;
    next = decimal(value, next);
  }
  return hash('md5', composed.subarray(0, next));
}

/**
 * JA4, the TLS client fingerprint (FoxIO 2023): transport, version, SNI, counts and ALPN in the clear; then the
 * sorted ciphers; then the sorted extensions and the signature algorithms in order.
 */
function ja4(hello: Hello, transport: 't' | 'q' | 'd'): string {
  const ciphers = parts.slice(2, parts.indexOf(ENDS, 2));
  const at = 2 + ciphers.length + 1;
  const extensions = parts.slice(at, parts.indexOf(ENDS, at));
  const version = VERSIONS.get(bestVersion(hello))?.[1] ?? '00';
  const sni = hello.hasSni ? 'd' : 'i';
  const head = `${transport}${version}${sni}${two(ciphers.length)}${two(extensions.length)}${ja4Alpn(hello.alpn[0])}`;
  const b =
    ciphers.length === 0 ? EMPTY_HASH : short(composed.subarray(0, hexadecimals(ciphers.sort(), ciphers.length, 0)));
  if (extensions.length === 0) return `${head}_${b}_${EMPTY_HASH}`;
  const kept = extensions.filter((e) => e !== 0 && e !== 16).sort();
  const end = hexadecimals(kept, kept.length, 0);
  const signed = part(hello.signatures, 0) - 1;
  if (signed > 0) composed[end] = UNDERSCORE;
  return `${head}_${b}_${short(composed.subarray(0, signed > 0 ? hexadecimals(parts, signed, end + 1) : end))}`;
}

/** Clients say the same hello again and again: what was computed is kept, with everything it depends on. */
const KNOWN = 2048;
const knownParts: (Uint16Array | undefined)[] = new Array<Uint16Array | undefined>(KNOWN).fill(undefined);
const knownPrints: (Fingerprints | undefined)[] = new Array<Fingerprints | undefined>(KNOWN).fill(undefined);

/** Fills `parts`; returns how many there are. */
function partsOf(hello: Hello, transport: 't' | 'q' | 'd'): number {
  parts[0] = transport.charCodeAt(0) * 2 + (hello.hasSni ? 1 : 0);
  parts[1] = hello.legacyVersion;
  let count = part(hello.ciphers, 2);
  count = part(hello.extensions, count);
  count = part(hello.groups, count);
  count = part(hello.formats, count);
  count = part(hello.signatures, count);
  count = part(hello.versions, count);
  const first = hello.alpn[0] ?? '';
  for (let i = 0; i < first.length; i++) parts[count++] = first.charCodeAt(i);
  return count;
}

function samePart(before: Uint16Array | undefined, count: number): boolean {
  if (before?.length !== count) return false;
  for (let i = 0; i < count; i++) if (before[i] !== parts[i]) return false;
  return true;
}

/**
 * JA3 (Althouse, Atkinson, Atkins 2017: MD5 of version, ciphers, extensions, groups and point formats, in decimal)
 * and JA4 of a ClientHello over TCP ('t'), QUIC ('q') or DTLS ('d').
 */
export function fingerprints(hello: Hello, transport: 't' | 'q' | 'd'): Fingerprints {
  const count = partsOf(hello, transport);
  let mixed = count;
  for (let i = 0; i < count; i++) mixed = Math.imul(mixed ^ parts[i]!, 0x01000193);
  const place = (mixed ^ (mixed >>> 15)) & (KNOWN - 1);
  if (samePart(knownParts[place], count)) return knownPrints[place]!;
  knownParts[place] = parts.slice(0, count);
  return (knownPrints[place] = { ja3: ja3(), ja4: ja4(hello, transport) });
}

export const alpnText = (hello: Hello): string =>
  hello.alpn.length === 0 ? '' : printable(hello.alpn.join(',')).slice(0, 256);

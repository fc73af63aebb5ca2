/** ClientHello and ServerHello (RFC 5246, RFC 8446, SSLv2-compatible hellos), and the fingerprints made of them. */
import { hash } from 'node:crypto';
import { latin1, printable, text, u16, u24 } from '../bytes.ts';

const LIST_MAX = 512;

/** What a hello says. Lists are in the order of the wire. */
export interface Hello {
  legacyVersion: number;
  ciphers: number[];
  extensions: number[];
  groups: number[];
  formats: number[];
  signatures: number[];
  versions: number[];
  alpn: string[];
  sni: string;
  hasSni: boolean;
  /** A length inside the hello contradicts another. */
  lies: boolean;
}

function emptyHello(): Hello {
  return {
    legacyVersion: 0,
    ciphers: [],
    extensions: [],
    groups: [],
    formats: [],
    signatures: [],
    versions: [],
    alpn: [],
    sni: '',
    hasSni: false,
    lies: false,
  };
}

/** RFC 8701: values clients send to keep servers tolerant. */
export function isGrease(value: number): boolean {
  return (value & 0x0f0f) === 0x0a0a && value >>> 8 === (value & 0xff);
}

function list16(data: Uint8Array, at: number, end: number, into: number[]): void {
  for (let i = at; i + 2 <= end && into.length < LIST_MAX; i += 2) into.push(u16(data, i));
}

/** A list after its own length of `width` bytes; empty when the length does not fit. */
function inner(data: Uint8Array, at: number, end: number, width: 1 | 2): number {
  if (at + width > end) return -1;
  const stop = at + width + (width === 1 ? data[at]! : u16(data, at));
  return stop > end ? -1 : stop;
}

function readSni(data: Uint8Array, at: number, end: number, hello: Hello): void {
  hello.hasSni = true;
  if (at + 5 > end || data[at + 2] !== 0) return;
  const stop = at + 5 + u16(data, at + 3);
  if (stop > end) hello.lies = true;
  else hello.sni = text(data, at + 5, stop, 255).toLowerCase();
}

function readAlpn(data: Uint8Array, at: number, end: number, hello: Hello): void {
  const stop = inner(data, at, end, 2);
  for (let i = at + 2; i < stop && hello.alpn.length < 32;) {
    const next = i + 1 + data[i]!;
    if (next > stop) break;
    hello.alpn.push(latin1(data, i + 1, next, 255));
    i = next;
  }
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
  while (next + 4 <= last && hello.extensions.length < LIST_MAX) {
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
  const hello = emptyHello();
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
  const hello = emptyHello();
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
  const hello = emptyHello();
  hello.legacyVersion = u16(data, at + 1);
  const stop = at + 9 + u16(data, at + 3);
  for (let i = at + 9; i + 3 <= Math.min(stop, end) && hello.ciphers.length < LIST_MAX; i += 3) {
    const cipher = u24(data, i);
    if (cipher <= 0xffff) hello.ciphers.push(cipher);
  }
  return hello;
}

/** Highest version offered, without GREASE; the legacy field where the extension is absent. */
export function bestVersion(hello: Hello): number {
  let best = 0;
  const dtls = hello.legacyVersion >= 0xfe00;
  for (const version of hello.versions) {
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

const withoutGrease = (values: readonly number[]): number[] => values.filter((v) => !isGrease(v));

/** Fingerprints of one hello. */
export interface Fingerprints {
  ja3: string;
  ja4: string;
}

const hex4 = (value: number): string => value.toString(16).padStart(4, '0');
const short = (values: string): string => hash('sha256', values).slice(0, 12);
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

/**
 * JA4, the TLS client fingerprint (FoxIO 2023): transport, version, SNI, counts and ALPN in the clear; then the
 * sorted ciphers; then the sorted extensions and the signature algorithms in order.
 */
function ja4(hello: Hello, transport: 't' | 'q' | 'd', ciphers: number[], extensions: number[]): string {
  const version = VERSIONS.get(bestVersion(hello))?.[1] ?? '00';
  const sni = hello.hasSni ? 'd' : 'i';
  const head = `${transport}${version}${sni}${two(ciphers.length)}${two(extensions.length)}${ja4Alpn(hello.alpn[0])}`;
  const b = ciphers.length === 0 ? EMPTY_HASH : short(ciphers.map(hex4).toSorted().join(','));
  if (extensions.length === 0) return `${head}_${b}_${EMPTY_HASH}`;
  const kept = extensions
    .filter((e) => e !== 0 && e !== 16)
    .map(hex4)
    .toSorted()
    .join(',');
  const signatures = withoutGrease(hello.signatures).map(hex4).join(',');
  return `${head}_${b}_${short(signatures === '' ? kept : `${kept}_${signatures}`)}`;
}

/** Clients say the same hello again and again: what was computed is kept, by everything it depends on. */
const known = new Map<string, Fingerprints>();
const KNOWN_MAX = 2048;

/**
 * JA3 (Althouse, Atkinson, Atkins 2017: MD5 of version, ciphers, extensions, groups and point formats, in decimal)
 * and JA4 of a ClientHello over TCP ('t'), QUIC ('q') or DTLS ('d').
 */
export function fingerprints(hello: Hello, transport: 't' | 'q' | 'd'): Fingerprints {
  const ciphers = withoutGrease(hello.ciphers);
  const extensions = withoutGrease(hello.extensions);
  const curves = withoutGrease(hello.groups).join('-');
  const text = `${hello.legacyVersion},${ciphers.join('-')},${extensions.join('-')},${curves},${hello.formats.join('-')}`;
  const key = `${transport}${hello.hasSni ? 1 : 0}${text}|${hello.signatures.join()}|${hello.versions.join()}|${hello.alpn[0] ?? ''}`;
  const before = known.get(key);
  if (before) return before;
  const made = { ja3: hash('md5', text), ja4: ja4(hello, transport, ciphers, extensions) };
  if (known.size >= KNOWN_MAX) known.clear();
  known.set(key, made);
  return made;
}

export const alpnText = (hello: Hello): string => printable(hello.alpn.join(',')).slice(0, 256);

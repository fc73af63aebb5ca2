/** ClientHello and ServerHello as rules see them: names, versions, and the fingerprints JA3, JA3S and JA4. */
import { hash } from 'node:crypto';
import {
  fingerprints,
  isGrease,
  readClientHello,
  type Hello,
} from '../../../../meter/protocols/inspectors/tls-hello.ts';
import { copy, latin, u16, u8 } from '../bytes.ts';
import type { Side } from '../side.ts';

/** What of a hello is outside its lists. */
interface Outline {
  readonly version: number;
  /** [type, start, end) of each extension. */
  readonly extensions: readonly (readonly [number, number, number])[];
  /** Where the extensions contradict the hello's length. */
  readonly lies: boolean;
  readonly cipher: number;
}

/** Walks the hello in [at, end) to its extensions. */
function outline(data: Uint8Array, server: boolean): Outline | null {
  const version = u16(data, 0);
  let at = 35 + Math.max(0, u8(data, 34));
  if (version < 0 || at > data.length) return null;
  const cipher = server ? u16(data, at) : -1;
  if (server) at += 3;
  else {
    at += 2 + Math.max(0, u16(data, at));
    at += 1 + Math.max(0, u8(data, at));
  }
  const extensions: [number, number, number][] = [];
  const stop = Math.min(data.length, at + 2 + Math.max(0, u16(data, at)));
  let lies = at + 2 <= data.length && at + 2 + u16(data, at) > data.length;
  at += 2;
  while (at + 4 <= stop && extensions.length < 128) {
    const end = at + 4 + u16(data, at + 2);
    lies ||= end > stop;
    if (end > stop) break;
    extensions.push([u16(data, at), at + 4, end]);
    at = end;
  }
  return { version, extensions, lies, cipher };
}

const list = (values: { readonly at: Uint16Array; readonly count: number }): string =>
  [...values.at.subarray(0, values.count)].filter((value) => !isGrease(value)).join('-');

/** JA3's text (Althouse, Atkinson, Atkins 2017). */
export function ja3Text(hello: Hello): string {
  const { legacyVersion, ciphers, extensions, groups, formats } = hello;
  return [String(legacyVersion), list(ciphers), list(extensions), list(groups), list(formats)].join(',');
}

/** Protocols that an ALPN extension lists (RFC 7301). */
function alpn(data: Uint8Array, from: number, to: number): string[] {
  const found: string[] = [];
  for (let at = from + 2; at < to; at += 1 + data[at]!)
    found.push(latin(data, at + 1, Math.min(to, at + 1 + data[at]!)));
  return found;
}

/** The version that a supported_versions extension settles on, else the hello's. */
function settled(data: Uint8Array, told: Outline): number {
  const own = told.extensions.find(([type]) => type === 43);
  return own === undefined ? told.version : u16(data, own[1]);
}

export type OnEvent = (name: string) => void;

function serverNames(data: Uint8Array, told: Outline, side: Side, event: OnEvent): void {
  const all = told.extensions.filter(([type]) => type === 0);
  if (all.length > 1) event('multiple_sni_extensions');
  const first = all[0];
  if (first === undefined || first[2] - first[1] < 5) return;
  const [, from, to] = first;
  if (u8(data, from + 2) !== 0) event('invalid_sni_type');
  const length = u16(data, from + 3);
  if (from + 5 + length > to) event('invalid_sni_length');
  else side.add('tls.sni', copy(data, from + 5, from + 5 + length));
}

const FINGERPRINTS = ['ja3.string', 'ja3.hash', 'ja4.hash'] as const;
const JA3S = ['ja3s.string', 'ja3s.hash'] as const;
/** Where the random bytes of a hello stand, and which of them once told the time. */
const RANDOM = [
  ['tls.random', 2, 34],
  ['tls.random_time', 2, 6],
  ['tls.random_bytes', 6, 34],
] as const;

function addFingerprints(side: Side, data: Uint8Array, transport: 't' | 'q' | 'd'): void {
  if (!FINGERPRINTS.some((name) => side.asks(name))) return;
  const hello = readClientHello(data, 0, data.length, transport === 'd');
  if (hello === null) return;
  const text = ja3Text(hello);
  side.add('ja3.string', text).add('ja3.hash', hash('md5', text));
  if (side.asks('ja4.hash')) side.add('ja4.hash', fingerprints(hello, transport).ja4);
}

function addRandom(side: Side, data: Uint8Array): void {
  for (const [name, from, to] of RANDOM) if (side.asks(name)) side.add(name, copy(data, from, to));
}

/** Adds what the ClientHello in `data` (its body) says; false: it is none. */
export function addClientHello(side: Side, data: Uint8Array, transport: 't' | 'q' | 'd', event: OnEvent): boolean {
  const told = outline(data, false);
  if (told === null) return false;
  if (told.lies) event('handshake_invalid_length');
  serverNames(data, told, side, event);
  for (const [type, from, to] of told.extensions)
    if (type === 16) for (const one of alpn(data, from, to)) side.add('tls.alpn', one);
  addFingerprints(side, data, transport);
  addRandom(side, data);
  side.number('tls.version', told.version).number('ssl_state', 0);
  return true;
}

export function addServerHello(side: Side, data: Uint8Array): boolean {
  const told = outline(data, true);
  if (told === null || told.cipher < 0) return false;
  if (JA3S.some((name) => side.asks(name))) {
    const types = told.extensions.map(([type]) => type);
    const text = `${told.version},${told.cipher},${types.join('-')}`;
    side.add('ja3s.string', text).add('ja3s.hash', hash('md5', text));
  }
  for (const [type, from, to] of told.extensions)
    if (type === 16) for (const one of alpn(data, from, to)) side.add('tls.alpn', one);
  addRandom(side, data);
  side.number('tls.version', settled(data, told)).number('ssl_state', 1);
  return true;
}

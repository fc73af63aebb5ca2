/** Texts of lists to observables: addresses, networks, names, URLs, fingerprints, hashes. */
import { domainToASCII } from 'node:url';
import { parseNetwork } from '../../../../src-shared/domain/network.ts';
import type { Observable } from './types.ts';
import { urlKey } from './urls.ts';

export type Value = { observable: Observable; port: number };

/** Networks larger than these are mistakes: a 256th of all of IPv4, 2^112 addresses of IPv6. */
const LEAST_BITS_V4 = 96 + 8;
const LEAST_BITS_V6 = 16;
const NAME_MAX = 253;
/** Characters of a SHA-1 with colons between its octets. */
const FINGERPRINT_LEAST = 59;
const JA4 = /^[tqd](?:1[0-3]|s[23]|d[123]|00)[di]\d{4}[0-9a-z]{2}_[0-9a-f]{12}_[0-9a-f]{12}$/;
const NAME = /^(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)+[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
const V4 = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})(?:\/(\d{1,2}))?(?::(\d{1,5}))?$/;
const V6_WITH_PORT = /^\[([0-9a-f:.]+)\](?::(\d{1,5}))?$/i;
const NAME_WITH_PORT = /^([^/:]+):(\d{1,5})$/;

function mask(words: Uint32Array, bits: number): Uint32Array {
  for (let w = 0; w < 4; w++) {
    const ones = Math.min(32, Math.max(0, bits - w * 32));
    words[w] = ones === 0 ? 0 : words[w]! & (-1 << (32 - ones));
  }
  return words;
}

function address(words: Uint32Array, bits: number, port: number): Value | string {
  const mapped = bits >= 96 && words[0] === 0 && words[1] === 0 && words[2] === 0xffff;
  if (bits < (mapped ? LEAST_BITS_V4 : LEAST_BITS_V6)) return 'a network larger than /8 (IPv6: /16) says nothing';
  if (port > 65_535) return `there is no port ${port}`;
  return { observable: { kind: 'address', words: mask(words, bits), bits }, port };
}

function v4(found: RegExpExecArray): Value | string {
  const [, a, b, c, d, length, port] = found;
  const parts = [Number(a), Number(b), Number(c), Number(d)];
  const bits = length === undefined ? 32 : Number(length);
  if (bits > 32 || parts.some((part) => part > 255)) return 'no address';
  const word = ((parts[0]! << 24) | (parts[1]! << 16) | (parts[2]! << 8) | parts[3]!) >>> 0;
  return address(Uint32Array.of(0, 0, 0xffff, word), 96 + bits, Number(port ?? 0));
}

function v6(text: string, port: number): Value | string {
  const network = parseNetwork(text);
  if (!network) return 'no address';
  const view = new DataView(network.first.buffer, network.first.byteOffset, 16);
  return address(
    Uint32Array.from({ length: 4 }, (_, w) => view.getUint32(w * 4)),
    network.bits,
    port,
  );
}

/** `name`, `.name` or `*.name` (both: and what is below). */
export function domainValue(text: string, below: boolean, port = 0): Value | string {
  const wild = text.startsWith('*.') ? 2 : text.startsWith('.') ? 1 : 0;
  let name = text.slice(wild).toLowerCase();
  if (name.endsWith('.')) name = name.slice(0, -1);
  // Only what is not ASCII takes the long way.
  if (/[^\u0020-\u007e]/.test(name)) name = domainToASCII(name);
  if (name.length > NAME_MAX || !NAME.test(name)) return 'no address, network, name, URL, fingerprint or hash';
  if (/\.\d+$/.test(name)) return 'no address';
  if (port > 65_535) return `there is no port ${port}`;
  return { observable: { kind: 'domain', name, below: below || wild > 0 }, port };
}

export function urlValue(text: string): Value | string {
  const key = urlKey(text);
  return key === null ? 'no URL' : { observable: { kind: 'url', key }, port: 0 };
}

/** SHA-1 or SHA-256 in hexadecimal digits, also with colons between octets as certificates are shown; null for all else. */
export function certificateHash(text: string): Value | null {
  const value = text.toLowerCase().replace(/^(?:[0-9a-f]{2}:)+[0-9a-f]{2}$/, (spaced) => spaced.replaceAll(':', ''));
  if (!/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(value)) return null;
  return { observable: { kind: 'certificate', value }, port: 0 };
}

/**
 * Fingerprints and hashes are told apart by their form. 32 digits may be an MD5 as well as a JA3, longer ones a file's as
 * well as a certificate's: only what can be seen is looked for.
 */
function digest(text: string): Value | null {
  const value = text.toLowerCase();
  if (/^[0-9a-f]+$/.test(value)) {
    if (value.length === 32) return { observable: { kind: 'ja3', value }, port: 0 };
    return certificateHash(value);
  }
  return JA4.test(value) ? { observable: { kind: 'ja4', value }, port: 0 } : null;
}

/** `hxxp://bad[.]example` as people write it so that nobody clicks on it. */
export function refanged(text: string): string {
  if (!text.includes('[.]') && !text.includes('(.)') && !text.startsWith('hxxp') && !text.includes('[:]')) return text;
  return text
    .replace(/^hxxp/i, 'http')
    .replaceAll('[:]', ':')
    .replaceAll(/\[\.\]|\(\.\)/g, '.');
}

/** What a text is, by its form, or why it is nothing. `below`: names mean what is below them, too. */
export function readValue(given: string, below = true): Value | string {
  const text = refanged(given);
  if (text.length >= FINGERPRINT_LEAST && text[2] === ':') {
    const print = certificateHash(text);
    if (print) return print;
  }
  const found = V4.exec(text);
  if (found) return v4(found);
  if (text.includes('://')) return urlValue(text);
  const named = V6_WITH_PORT.exec(text);
  if (named) return v6(named[1]!, Number(named[2] ?? 0));
  if (text.includes(':')) {
    const [, name, port] = NAME_WITH_PORT.exec(text) ?? [];
    return name === undefined ? v6(text, 0) : domainValue(name, below, Number(port));
  }
  if (text.includes('/')) return urlValue(`http://${text}`);
  return digest(text) ?? domainValue(text, below);
}

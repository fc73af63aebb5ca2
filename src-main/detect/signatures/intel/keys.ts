/** Observables to the keys of the table. */
import { hash } from 'node:crypto';
import { KIND, type Key } from './table.ts';
import type { Observable } from './types.ts';

/** The first 128 bits of a text's SHA-256. */
export function textKey(text: string): Key {
  const digest = hash('sha256', text, 'binary');
  const key = new Uint32Array(4);
  for (let i = 0; i < 16; i++) key[i >>> 2] = (key[i >>> 2]! << 8) | digest.charCodeAt(i);
  return key;
}

/** The 128 bits that the first 32 hexadecimal digits are. */
export function hexKey(digits: string): Key {
  return Uint32Array.from({ length: 4 }, (_, i) => parseInt(digits.slice(i * 8, i * 8 + 8), 16));
}

/** Of a certificate's hash: SHA-1 has 40 digits, SHA-256 has 64. */
export const hashKind = (digits: string): number => (digits.length === 40 ? KIND.SHA1 : KIND.SHA256);

export const isJa3 = (text: string): boolean => /^[0-9a-f]{32}$/.test(text);

/** Null for what packets do not show. */
export function keyOf(observable: Observable): { kind: number; key: Key } | null {
  switch (observable.kind) {
    case 'address':
      return { kind: observable.bits, key: observable.words };
    case 'domain':
      return { kind: observable.below ? KIND.DOMAIN_BELOW : KIND.DOMAIN, key: textKey(observable.name) };
    case 'url':
      return { kind: KIND.URL, key: textKey(observable.key) };
    case 'ja3':
      return { kind: KIND.JA3, key: hexKey(observable.value) };
    case 'ja4':
      return { kind: KIND.JA4, key: textKey(observable.value) };
    case 'certificate':
      return { kind: hashKind(observable.value), key: hexKey(observable.value) };
    case 'hash':
      return null;
  }
}

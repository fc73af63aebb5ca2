/** The text of a `content` to its bytes: hex between bars, backslashes before what would end it. */
import { RuleFault } from '../rules/fault.ts';
import { RULES_LIMITS } from '../rules/limits.ts';
import { findLinear } from './linear.ts';

/** @throws RuleFault */
export function patternBytes(keyword: string, text: string): Uint8Array {
  const out: number[] = [];
  const source = Buffer.from(text, 'utf8');
  for (let i = 0; i < source.length; i++) {
    const c = source[i]!;
    if (c === 0x7c) {
      const end = source.indexOf(0x7c, i + 1);
      if (end < 0) throw new RuleFault(keyword, 'a bar before hexadecimal digits is not closed');
      out.push(...hexBytes(keyword, source.toString('latin1', i + 1, end)));
      i = end;
    } else if (c === 0x5c) {
      if (++i >= source.length) throw new RuleFault(keyword, 'ends with a backslash');
      out.push(source[i]!);
    } else out.push(c);
    if (out.length > RULES_LIMITS.patternBytes) throw new RuleFault(keyword, 'longer than a pattern may be');
  }
  if (out.length === 0) throw new RuleFault(keyword, 'an empty pattern');
  return Uint8Array.from(out);
}

function hexBytes(keyword: string, text: string): number[] {
  const digits = text.replace(/[\s,]+/g, '');
  if (digits.length % 2 !== 0 || !/^[\da-fA-F]*$/.test(digits)) {
    throw new RuleFault(keyword, `“${text.slice(0, 40)}” are no hexadecimal bytes`);
  }
  return [...Buffer.from(digits, 'hex')];
}

/** Lower case of every byte: ASCII letters only. */
export const LOWER = Uint8Array.from({ length: 256 }, (_, c) => (c >= 0x41 && c <= 0x5a ? c + 32 : c));

export function lowered(bytes: Uint8Array): Uint8Array {
  const out = new Uint8Array(bytes.length);
  for (let i = 0; i < bytes.length; i++) out[i] = LOWER[bytes[i]!]!;
  return out;
}

/** Every byte as it is. */
const SAME = Uint8Array.from({ length: 256 }, (_, c) => c);

/** Bytes that were compared by all searches, those that are passed over natively apart. */
let compared = 0;

export const comparedSoFar = (): number => compared;

/** Bytes that a search compares before it goes on in linear time. */
const COMPARED = 1 << 14;
/** Searching natively takes longer to begin than so many bytes take. */
const SHORT = 48;

/** First place at or after `from` where `needle` stands and ends at `end` at the latest; -1: none. */
export function find(hay: Uint8Array, needle: Uint8Array, from: number, end: number, nocase: boolean): number {
  if (nocase) return findNoCase(hay, needle, from, end);
  const last = end - needle.length;
  if (last < from) return -1;
  const first = needle[0]!;
  // Natively it goes on to the end of what is searched, however far that is behind the last place.
  const isShort = last - from < SHORT;
  const seen = isShort || last + SHORT >= hay.length ? hay : hay.subarray(0, last + 1);
  const before = compared;
  for (let at = from; at <= last; at++) {
    if (isShort) while (at <= last && hay[at] !== first) at++;
    else at = seen.indexOf(first, at);
    if (at < 0 || at > last) return -1;
    let i = 1;
    while (i < needle.length && hay[at + i] === needle[i]) i++;
    compared += i;
    if (i === needle.length) return at;
    if (needle.length > 2 && compared - before > COMPARED) return restOf(hay, needle, at + 1, end, SAME);
  }
  return -1;
}

function findNoCase(hay: Uint8Array, needle: Uint8Array, from: number, end: number): number {
  const last = end - needle.length;
  const first = needle[0]!;
  const before = compared;
  for (let at = from; at <= last; at++) {
    if (LOWER[hay[at]!] !== first) continue;
    let i = 1;
    while (i < needle.length && LOWER[hay[at + i]!] === needle[i]) i++;
    compared += i;
    if (i === needle.length) return at;
    if (needle.length > 2 && compared - before > COMPARED) return restOf(hay, needle, at + 1, end, LOWER);
  }
  return -1;
}

function restOf(hay: Uint8Array, needle: Uint8Array, from: number, end: number, as: Uint8Array): number {
  const at = findLinear(hay, needle, from, Math.min(end, hay.length), as);
  compared += (at < 0 ? Math.max(end, from) : at) - from;
  return at;
}

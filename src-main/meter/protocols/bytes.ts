/** Reading from capture bytes. Callers check bounds first: none of these looks past `end`, all reads are big-endian unless named otherwise. */

import { formatAddress } from '../hosts.ts';

export function u16(data: Uint8Array, at: number): number {
  return (data[at]! << 8) | data[at + 1]!;
}

export function u24(data: Uint8Array, at: number): number {
  return (data[at]! << 16) | (data[at + 1]! << 8) | data[at + 2]!;
}

export function u32(data: Uint8Array, at: number): number {
  return ((data[at]! << 24) | (data[at + 1]! << 16) | (data[at + 2]! << 8) | data[at + 3]!) >>> 0;
}

export function u16le(data: Uint8Array, at: number): number {
  return data[at]! | (data[at + 1]! << 8);
}

export function u24le(data: Uint8Array, at: number): number {
  return data[at]! | (data[at + 1]! << 8) | (data[at + 2]! << 16);
}

export function u32le(data: Uint8Array, at: number): number {
  return (data[at]! | (data[at + 1]! << 8) | (data[at + 2]! << 16) | (data[at + 3]! << 24)) >>> 0;
}

/** Node's own decoders work on any bytes; called so they need no `Buffer` object a call. */
const decoders = Buffer.prototype as unknown as {
  latin1Slice(this: Uint8Array, from: number, to: number): string;
  ucs2Slice(this: Uint8Array, from: number, to: number): string;
  hexSlice(this: Uint8Array, from: number, to: number): string;
};
const { latin1Slice, ucs2Slice, hexSlice } = decoders;

const SHORT = 8;

/** The bytes as Latin-1 text, at most `max` characters. */
export function latin1(data: Uint8Array, at: number, end: number, max = 256): string {
  const stop = Math.min(end, at + max);
  const length = stop - at;
  if (length <= 0) return '';
  if (length > SHORT) return latin1Slice.call(data, at, stop);
  let text = '';
  for (let i = at; i < stop; i++) text += String.fromCharCode(data[i]!);
  return text;
}

/** Control characters, those that only steer how text is set (of either direction, of no width), blanks but the usual one, halves of pairs. */
const STEERING = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]|(?! )\p{Zs}/gu;

/** Text for people: what steers a terminal or the setting of text becomes '?', so that no capture can. */
export function printable(text: string): string {
  let plain = true;
  for (let i = 0; i < text.length && plain; i++) {
    const c = text.charCodeAt(i);
    // Of the rest of Latin-1, only U+00A0 and U+00AD steer.
    if (c < 0x20 || (c >= 0x7f && (c < 0xa1 || c === 0xad || c > 0xff))) plain = false;
  }
  return plain ? text : flat(text.replace(STEERING, '?'));
}

/** The same text in one piece: V8 keeps what `replace` returns as one piece for each match, at thirty bytes each. */
function flat(text: string): string {
  return Buffer.from(text, 'utf16le').toString('utf16le');
}

const utf8 = new TextDecoder('utf-8', { fatal: true });
const BEYOND_ASCII = /[\u0080-\u00ff]/;
/** Characters that are not seen and turn or split what stands beside them. */
const UNSEEN = /[\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g;

/** Text for people of bytes handed as Latin-1: as UTF-8 where they are, else as they stand. */
export function utf8Text(raw: string): string {
  if (!BEYOND_ASCII.test(raw)) return printable(raw);
  try {
    return printable(utf8.decode(Buffer.from(raw, 'latin1'))).replace(UNSEEN, '?');
  } catch {
    return printable(raw);
  }
}

/** Texts shorter than this are always copies: V8 makes no views of them. */
const VIEW_LEAST = 13;

/** The same text with memory of its own: one cut from a longer text keeps all of that alive. For what outlives a payload. */
export function own(text: string): string {
  return text.length < VIEW_LEAST ? text : ` ${text}`.slice(1);
}

/** The first `max` characters; a longer text is not kept alive by them. */
export function cut(text: string, max: number): string {
  return text.length > max ? own(text.slice(0, max)) : text;
}

/** Latin-1 text for people, of at most `max` characters. */
export function text(data: Uint8Array, at: number, end: number, max = 256): string {
  return printable(latin1(data, at, end, max));
}

/** UTF-16LE text for people (SMB, NTLM), at most `max` characters; a final odd byte is ignored. */
export function utf16le(data: Uint8Array, at: number, end: number, max = 256): string {
  const stop = Math.min(end, at + max * 2);
  if (stop - at < 2) return '';
  return printable(ucs2Slice.call(data, at, at + ((stop - at) & ~1)));
}

/** Whether the bytes at `at` begin with `ascii`. Letters of `ascii` must be upper case when `fold` is set. */
export function startsWith(data: Uint8Array, at: number, end: number, ascii: string, fold = false): boolean {
  const length = ascii.length;
  if (end - at < length) return false;
  for (let i = 0; i < length; i++) {
    let c = data[at + i]!;
    if (fold && c >= 0x61 && c <= 0x7a) c -= 32;
    if (c !== ascii.charCodeAt(i)) return false;
  }
  return true;
}

/**
 * Whether the bytes may still become `ascii`: 2 when they begin with it, 1 when they are shorter and agree so far,
 * 0 when they differ (the verdicts of a probe).
 */
export function matches(data: Uint8Array, at: number, end: number, ascii: string, fold = false): 0 | 1 | 2 {
  const length = Math.min(ascii.length, end - at);
  for (let i = 0; i < length; i++) {
    let c = data[at + i]!;
    if (fold && c >= 0x61 && c <= 0x7a) c -= 32;
    if (c !== ascii.charCodeAt(i)) return 0;
  }
  return length === ascii.length ? 2 : 1;
}

/** Where `byte` stands in [at, end), or -1. */
export function find(data: Uint8Array, byte: number, at: number, end: number): number {
  for (let i = at; i < end; i++) if (data[i] === byte) return i;
  return -1;
}

/** Where `ascii` stands in [at, end), ASCII case ignored when `fold` (then `ascii` is upper case); -1 when nowhere. */
export function findText(data: Uint8Array, ascii: string, at: number, end: number, fold = false): number {
  const last = end - ascii.length;
  const first = ascii.charCodeAt(0);
  const lower = fold && first >= 0x41 && first <= 0x5a ? first + 32 : first;
  for (let i = at; i <= last; i++) {
    const c = data[i]!;
    if ((c === first || c === lower) && startsWith(data, i, end, ascii, fold)) return i;
  }
  return -1;
}

/** End of the line that starts at `at`: index of its LF, or -1 when it is not there before `end`. */
export function lineEnd(data: Uint8Array, at: number, end: number): number {
  return find(data, 0x0a, at, end);
}

/** The line [at, lf) without its CR, as text for people. */
export function lineText(data: Uint8Array, at: number, lf: number, max = 512): string {
  const end = lf > at && data[lf - 1] === 0x0d ? lf - 1 : lf;
  return text(data, at, end, max);
}

/** Whether all bytes are printable ASCII, tab, CR or LF. */
export function isAsciiText(data: Uint8Array, at: number, end: number): boolean {
  for (let i = at; i < end; i++) {
    const c = data[i]!;
    if (c > 0x7e || (c < 0x20 && c !== 9 && c !== 10 && c !== 13)) return false;
  }
  return true;
}

/** Dotted quad of the four bytes at `at`. */
export function dottedQuad(data: Uint8Array, at: number): string {
  return `${data[at]!}.${data[at + 1]!}.${data[at + 2]!}.${data[at + 3]!}`;
}

const words = new Uint32Array(4);

/** RFC 5952 text of the sixteen bytes at `at`. */
export function ipv6Text(data: Uint8Array, at: number): string {
  for (let i = 0; i < 4; i++) words[i] = u32(data, at + i * 4);
  return formatAddress(words, 0);
}

/** Hexadecimal, two digits a byte, at most `max` bytes. */
export function hex(data: Uint8Array, at: number, end: number, max = 64): string {
  const stop = Math.min(end, at + max);
  if (stop <= at) return '';
  return hexSlice.call(data, at, stop);
}

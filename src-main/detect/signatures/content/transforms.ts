/** What is done to a buffer before rules look at it. Each gives new bytes, or the same ones where nothing changes. */
import { createHash } from 'node:crypto';
import { gunzipSync, inflateSync, type ZlibOptions } from 'node:zlib';
import type { Terms } from '../expression/allowance.ts';
import { RuleFault } from '../rules/fault.ts';
import { wholeOf } from '../rules/numbers.ts';
import { listOf, unquote } from '../rules/tokens.ts';
import { decodeBase64, type Base64Mode } from './base64.ts';
import { lowered } from './pattern.ts';
import { pcreTransform } from './pcre-transform.ts';
import type { Run } from './run.ts';

/** Null: there is no buffer any more. */
export type Transform = (bytes: Uint8Array, run: Run) => Uint8Array | null;

type Maker = (value: string | undefined, terms: Terms) => Transform;

/** Bytes that unpacking gives at most. */
const UNPACKED = 1 << 20;
const UNPACKED_USUAL = 1024;
/** Bytes that a transform looks at. */
const LOOKED = 1 << 20;
/** Bytes that are transformed in the time of a step. */
const AT_ONCE = 4;

const isSpace = (c: number): boolean => c === 0x20 || (c >= 9 && c <= 13);

function hash(name: string): Transform {
  return (bytes) => createHash(name).update(bytes).digest();
}

function compress(bytes: Uint8Array): Uint8Array {
  const out = new Uint8Array(bytes.length);
  let n = 0;
  for (let i = 0; i < bytes.length; i++) {
    const space = isSpace(bytes[i]!);
    if (space && i > 0 && isSpace(bytes[i - 1]!)) continue;
    out[n++] = bytes[i]!;
  }
  return out.subarray(0, n);
}

function urlDecode(bytes: Uint8Array): Uint8Array {
  const out = new Uint8Array(bytes.length);
  let n = 0;
  for (let i = 0; i < bytes.length; i++) {
    const c = bytes[i]!;
    const code = c === 0x25 && i + 2 < bytes.length ? hexPair(bytes[i + 1]!, bytes[i + 2]!) : -1;
    if (code >= 0) i += 2;
    out[n++] = code >= 0 ? code : c === 0x2b ? 0x20 : c;
  }
  return out.subarray(0, n);
}

function hexPair(a: number, b: number): number {
  const text = String.fromCharCode(a, b);
  return /^[\da-fA-F]{2}$/.test(text) ? parseInt(text, 16) : -1;
}

function dotPrefix(bytes: Uint8Array): Uint8Array {
  const out = new Uint8Array(bytes.length + 1);
  out[0] = 0x2e;
  out.set(bytes, 1);
  return out;
}

function xor(key: Uint8Array): Transform {
  return (bytes) => bytes.map((c, i) => c ^ key[i % key.length]!);
}

/** A key of hexadecimal bytes, or `[offset N,] extract LENGTH PLACE`: the key stands in the buffer itself. */
function xorKey(value: string | undefined): Transform {
  const { text } = unquote(value ?? '');
  if (/^(?:[\da-fA-F]{2}){1,255}$/.test(text)) return xor(Buffer.from(text, 'hex'));
  const match = /^(?:offset\s+(\d{1,5})\s*,\s*)?extract\s+(\d{1,3})\s+(\d{1,5})$/.exec(text);
  if (!match) throw new RuleFault('xor', 'needs a key of hexadecimal bytes, or says where it stands');
  const [offset, length, place] = [Number(match[1] ?? 0), Number(match[2]), Number(match[3])];
  if (length === 0) throw new RuleFault('xor', 'needs a key');
  return (bytes, run) => {
    const key = bytes.slice(place, place + length);
    return key.length < length || offset > bytes.length ? bytes : xor(key)(bytes.subarray(offset), run);
  };
}

/** Each header's name in lower case, its value as it is. */
function headerLowercase(bytes: Uint8Array): Uint8Array {
  const out = Uint8Array.from(bytes);
  let inName = true;
  for (let i = 0; i < out.length; i++) {
    const c = out[i]!;
    if (c === 0x0a) inName = true;
    else if (inName && c === 0x3a && out[i + 1] !== undefined && i > 0 && out[i - 1] !== 0x0a) inName = false;
    else if (inName && c >= 0x41 && c <= 0x5a) out[i] = c + 32;
  }
  return out;
}

/** Lines that begin with a colon are of HTTP/2 and stood in no header of HTTP/1. */
function stripPseudoHeaders(bytes: Uint8Array): Uint8Array {
  const out: number[] = [];
  for (let at = 0; at < bytes.length;) {
    const found = bytes.indexOf(0x0a, at);
    const end = found < 0 ? bytes.length : found + 1;
    if (bytes[at] !== 0x3a) for (let i = at; i < end; i++) out.push(bytes[i]!);
    at = end;
  }
  return Uint8Array.from(out);
}

const UNPACKING = { maxOutputLength: UNPACKED, finishFlush: 2 } as const;

/** `max-size N`: bytes that come out at most. */
function unpacker(unpack: (bytes: Uint8Array, options: ZlibOptions) => Uint8Array): Maker {
  return (value) => {
    const match = /^(?:max-size\s+(\S+))?$/.exec((value ?? '').trim());
    if (!match) throw new RuleFault('gunzip', `“${(value ?? '').slice(0, 40)}” is not known`);
    const most = match[1] === undefined ? UNPACKED_USUAL : Math.min(UNPACKED, wholeOf('gunzip', match[1]));
    return (bytes) => {
      try {
        return unpack(bytes, UNPACKING).subarray(0, most);
      } catch {
        return new Uint8Array(0);
      }
    };
  };
}

/** `subslice: start[, count][, truncate]`: negative ones count from the end. */
function subslice(value: string | undefined): Transform {
  const [startText = '', ...rest] = listOf(value ?? '');
  const start = wholeOf('subslice', startText);
  const truncate = rest.includes('truncate');
  const counts = rest.filter((word) => word !== 'truncate');
  if (counts.length > 1) throw new RuleFault('subslice', 'takes a start, a number of bytes and “truncate”');
  const count = counts[0] === undefined ? undefined : wholeOf('subslice', counts[0]);
  return (bytes) => {
    let from = start < 0 ? bytes.length + start : start;
    if (from < 0 && truncate) from = 0;
    const to = count === undefined ? bytes.length : count < 0 ? bytes.length + count : from + count;
    if (from < 0 || from > bytes.length || (to > bytes.length && !truncate) || to < from) return new Uint8Array(0);
    return bytes.subarray(from, to);
  };
}

function fromBase64(value: string | undefined): Transform {
  let bytesGiven = 0;
  let offset = 0;
  let mode: Base64Mode = 'rfc4648';
  for (const word of value === undefined ? [] : listOf(value)) {
    const [name = '', text = ''] = word.split(/[\s:]+/);
    if (name === 'bytes') bytesGiven = wholeOf('from_base64', text);
    else if (name === 'offset') offset = wholeOf('from_base64', text);
    else if (name === 'mode') mode = modeOf(text);
    else throw new RuleFault('from_base64', `“${word.slice(0, 30)}” is not known`);
  }
  return (bytes) => {
    const end = bytesGiven === 0 ? bytes.length : Math.min(bytes.length, offset + bytesGiven);
    return decodeBase64(bytes.subarray(offset, end), mode);
  };
}

function modeOf(text: string): Base64Mode {
  const mode = text.toLowerCase();
  if (mode === 'rfc2045' || mode === 'rfc4648' || mode === 'strict') return mode;
  throw new RuleFault('from_base64', `“${text.slice(0, 30)}” is no mode`);
}

const always =
  (transform: Transform): Maker =>
  () =>
    transform;

export const TRANSFORMS: ReadonlyMap<string, Maker> = new Map<string, Maker>([
  ['to_lowercase', always((bytes) => lowered(bytes))],
  ['to_uppercase', always((bytes) => bytes.map((c) => (c >= 0x61 && c <= 0x7a ? c - 32 : c)))],
  ['to_md5', always(hash('md5'))],
  ['to_sha1', always(hash('sha1'))],
  ['to_sha256', always(hash('sha256'))],
  ['strip_whitespace', always((bytes) => bytes.filter((c) => !isSpace(c)))],
  ['compress_whitespace', always(compress)],
  ['url_decode', always(urlDecode)],
  ['dotprefix', always(dotPrefix)],
  ['xor', xorKey],
  ['header_lowercase', always(headerLowercase)],
  ['strip_pseudo_headers', always(stripPseudoHeaders)],
  ['gunzip', unpacker(gunzipSync)],
  ['zlib_deflate', unpacker(inflateSync)],
  ['subslice', subslice],
  ['from_base64', fromBase64],
  ['pcrexform', pcreTransform],
]);

/** The buffer as rules see it. */
export function transformed(bytes: Uint8Array, transforms: readonly Transform[], run: Run): Uint8Array | null {
  let out: Uint8Array | null = bytes.length > LOOKED ? bytes.subarray(0, LOOKED) : bytes;
  run.anew();
  for (const transform of transforms) {
    out = run.pay(out.length / AT_ONCE) ? transform(out, run) : null;
    if (out === null) {
      run.noteGivenUp();
      return null;
    }
  }
  return out;
}

/** Content encodings (RFC 9110, 8.4), read as the tolerant clients read them: what is labelled wrongly is taken for what it is. */
import { LIMITS } from '../limits.ts';
import { unbrotli } from './brotli.ts';
import { gzipStart, membersAfter } from './members.ts';
import { unpack, type Unpacked } from './unpack.ts';

type Encoding = 'gzip' | 'deflate' | 'br';

/** The encodings that a `Content-Encoding` names, in the order in which they were applied; unknown words are passed over. */
export function encodingsOf(value: string): Encoding[] {
  const found: Encoding[] = [];
  for (const word of value.toLowerCase().split(',')) {
    const told = clean(word);
    if (told.includes('gzip')) found.push('gzip');
    else if (told.includes('deflate')) found.push('deflate');
    else if (told.trim() === 'br') found.push('br');
  }
  return found;
}

/** Without the NULs that hide a word from who compares whole words. */
const clean = (word: string): string => word.replaceAll('\0', '');

/** The same of a zlib stream (RFC 1950). */
function zlibStart(data: Uint8Array): number {
  const head = data.length < 2 ? 0 : data[0]! * 256 + data[1]!;
  if (((head >> 8) & 15) !== 8 || head % 31 !== 0) return -1;
  return (head & 32) === 0 ? 2 : 6;
}

/** Tries the starts in turn: the first that reads without damage has it; failing all, the one that gave most. */
function tryAll(data: Uint8Array, starts: readonly number[], gzip: number): Unpacked | null {
  let best: Unpacked | null = null;
  for (const start of new Set(starts)) {
    if (start < 0 || start >= data.length) continue;
    const told = unpack(data, start, LIMITS.decoded);
    // What stands in later members of gzip is of the body too, also where the first is empty.
    const whole = start === gzip && !told.damaged ? membersAfter(data, start, told, LIMITS.decoded) : told;
    if (whole.bytes.length > 0 && !told.damaged) return whole;
    if (told.bytes.length > (best?.bytes.length ?? 0)) best = told;
  }
  return best;
}

/** Line ends before a body, left by odd ends of the headers. */
function skipLineEnds(data: Uint8Array): Uint8Array {
  let at = 0;
  while (at < 4 && (data[at] === 10 || data[at] === 13)) at += 1;
  return data.subarray(at);
}

export interface Decoded {
  /** As far as it could be decoded; several where it is not certain which reading is meant. */
  readonly bodies: readonly Uint8Array[];
  readonly failed: boolean;
  readonly bomb: boolean;
}

/** Output a hundred times its input, and more than this, is a bomb. */
const BOMB_BYTES = 1 << 20;

const isBomb = ({ bytes, used }: Unpacked): boolean => bytes.length >= BOMB_BYTES && used * 100 < bytes.length;

/** Takes the encodings of a body away, the last applied first. What is not encoded after all stays as it is. */
export function decodeBody(raw: Uint8Array, encodings: readonly Encoding[]): Decoded {
  let body = raw;
  let failed = false;
  let bomb = false;
  let partial = false;
  for (const encoding of encodings.slice(-LIMITS.layers).reverse()) {
    if (body.length === 0) break;
    const data = skipLineEnds(body);
    if (encoding === 'br') {
      const told = unbrotli(data, LIMITS.decoded);
      failed ||= told === null || told.isCut;
      bomb ||= told !== null && isBomb(told);
      body = told?.bytes ?? body;
      continue;
    }
    const gzip = gzipStart(data);
    const zlib = zlibStart(data);
    const starts = encoding === 'gzip' ? [gzip, gzip < 0 ? -1 : 10, zlib, 0] : [zlib, 0, gzip];
    const told = tryAll(data, starts, gzip);
    if (told === null || told.damaged) failed = true;
    if (told === null) continue;
    partial ||= told.damaged;
    bomb ||= isBomb(told);
    body = told.bytes;
  }
  return { bodies: partial ? [body, raw] : [body], failed, bomb };
}

/**
 * Brotli (RFC 7932) with a ceiling: what is more is cut off, not thrown away. node:zlib gives nothing of what is too much at once,
 * so a part of the input is sought that gives enough.
 */
import { brotliDecompressSync, constants } from 'node:zlib';
import type { Unpacked } from './unpack.ts';

/** What one byte of input may add: no block of it is longer. */
const BLOCK = 1 << 24;

const finishFlush = constants.BROTLI_OPERATION_FLUSH;

/** Null: it is damaged; `much`: more than `max` bytes come out. */
function attempt(data: Uint8Array, max: number): Uint8Array | 'much' | null {
  try {
    return brotliDecompressSync(data, { maxOutputLength: max, finishFlush });
  } catch (error) {
    return error instanceof RangeError && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE' ? 'much' : null;
  }
}

/** At most `max` bytes come out; `isCut`: there were more. Null: it is damaged. Never throws on what the bytes say. */
export function unbrotli(data: Uint8Array, max: number): (Unpacked & { readonly isCut: boolean }) | null {
  // Of the first `few` bytes comes too little, of the first `many` enough.
  let few = 0;
  let many = data.length;
  let told = attempt(data, 2 * max);
  while (told === 'much' && many - few > 1) {
    const used = (few + many) >> 1;
    const part = attempt(data.subarray(0, used), 2 * max);
    if (part === null) return null;
    if (part === 'much' || part.length >= max) many = used;
    else few = used;
    if (part !== 'much' && part.length >= max) told = part;
  }
  if (told === 'much') told = attempt(data.subarray(0, many), max + 2 * BLOCK);
  if (told === null || told === 'much') return null;
  return { bytes: told.subarray(0, max), used: many, damaged: false, isCut: told.length > max || many < data.length };
}

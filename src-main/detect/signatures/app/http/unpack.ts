/**
 * DEFLATE (RFC 1951) as fast as node:zlib reads it where it is whole, and as `inflate.ts` does where it is not: what came out before
 * the damage counts, and the output has a ceiling.
 */
import { constants, inflateRawSync } from 'node:zlib';
import { inflate } from './inflate.ts';

export interface Unpacked {
  readonly bytes: Uint8Array;
  /** Of the input. */
  readonly used: number;
  /** It cannot be read to its end, or to where it was cut off. */
  readonly damaged: boolean;
}

/** Text comes to less than so many times its bytes. */
const OFTEN = 5;
const CHUNK_MIN = 512;
const CHUNK_MAX = 65_536;

/** What node:zlib gives beside the bytes where it is asked for that. */
interface Informed {
  readonly buffer: Uint8Array;
  readonly engine: { readonly bytesWritten: number };
}

/**
 * Null: it is damaged, more than `max` bytes come out, or nothing stands behind its end: then it may be cut off, and whether it is
 * damaged there node:zlib does not say.
 */
function quick(data: Uint8Array, at: number, max: number): Unpacked | null {
  try {
    // Room for what most come to: node:zlib makes it anew for each, 16 KiB unless it is told.
    const chunkSize = Math.min(CHUNK_MAX, Math.max(CHUNK_MIN, OFTEN * (data.length - at)));
    const options = { maxOutputLength: max, finishFlush: constants.Z_SYNC_FLUSH, info: true, chunkSize };
    const told: unknown = inflateRawSync(data.subarray(at), options);
    const { buffer, engine } = told as Informed;
    const used = engine.bytesWritten;
    return used < data.length - at ? { bytes: buffer, used, damaged: false } : null;
  } catch {
    return null;
  }
}

/** Inflates raw DEFLATE from `at`; at most `max` bytes come out. Never throws on what the bytes say. */
export function unpack(data: Uint8Array, at: number, max: number): Unpacked {
  const told = quick(data, at, max);
  if (told) return told;
  const { bytes, used, state } = inflate(data, at, max);
  return { bytes, used, damaged: state === 'damaged' };
}

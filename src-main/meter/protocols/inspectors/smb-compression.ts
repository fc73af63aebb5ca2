/**
 * What of a compressed SMB message ([MS-SMB2] 2.2.42) is not compressed: a part before the compressed one, or pieces of a
 * chain whose algorithm is none or one byte repeated. Senders choose, so that a message may be "compressed" and yet plain.
 */
import { u16le, u32le } from '../bytes.ts';

const HEADER = 16;
const PIECE = 8;
const CHAINED = 1;
const NONE = 0;
const PATTERN = 4;

/** Bytes that are needed to say how many are worth waiting for. */
export const COMPRESSED_HEADER = HEADER;

/** Whether the message begins with a part that is not compressed; COMPRESSED_HEADER bytes are there. */
export function beginsPlain(data: Uint8Array, at: number): boolean {
  const algorithm = u16le(data, at + 8);
  if (u16le(data, at + 10) & CHAINED) return algorithm === NONE || algorithm === PATTERN;
  return u32le(data, at + 12) > 0;
}

/** The plain bytes that the message [at, end) begins with, at most as many as `room` has, which is written to where need be. */
export function plainPart(data: Uint8Array, at: number, end: number, room: Uint8Array): Uint8Array {
  const max = room.length;
  if (!(u16le(data, at + 10) & CHAINED)) {
    const from = at + HEADER;
    return data.subarray(from, Math.min(end, from + Math.min(u32le(data, at + 12), max)));
  }
  let size = 0;
  for (let piece = at + PIECE; piece + PIECE <= end && size < max;) {
    const algorithm = u16le(data, piece);
    const length = u32le(data, piece + 4);
    const from = piece + PIECE;
    if (algorithm === NONE) {
      const part = data.subarray(from, Math.min(end, from + Math.min(length, max - size)));
      room.set(part, size);
      size += part.length;
      if (part.length < length) break;
    } else if (algorithm === PATTERN && from + PIECE <= end) {
      const stop = Math.min(max, size + u32le(data, from + 4));
      room.fill(data[from]!, size, stop);
      size = stop;
    } else break;
    piece = from + length;
  }
  return room.subarray(0, size);
}

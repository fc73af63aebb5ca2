/** Members of gzip (RFC 1952): several may follow one another, and what they hold is one. */
import { le16 } from '../bytes.ts';
import { unpack, type Unpacked } from './unpack.ts';

const GZIP = { extra: 4, name: 8, comment: 16, check: 2 };
/** Sum and size behind each. */
const TRAILER = 8;
/** More of them are not read. */
const MOST = 1024;

/** Where the DEFLATE data of a member starts; -1: no such header. */
export function gzipStart(data: Uint8Array): number {
  if (data[0] !== 0x1f || data[1] !== 0x8b || data.length < 10) return -1;
  const flags = data[3]!;
  let at = 10;
  if ((flags & GZIP.extra) !== 0) at += 2 + Math.max(0, le16(data, at));
  for (const flag of [GZIP.name, GZIP.comment]) {
    if ((flags & flag) === 0) continue;
    const end = data.indexOf(0, at);
    if (end < 0) return data.length;
    at = end + 1;
  }
  if ((flags & GZIP.check) !== 0) at += 2;
  return at;
}

/**
 * The first member, whose data began at `start`, with what those after it hold, `max` bytes at most. Damaged where one of them is, or
 * where there are too many.
 */
export function membersAfter(data: Uint8Array, start: number, first: Unpacked, max: number): Unpacked {
  const parts = [first.bytes];
  let length = first.bytes.length;
  let end = start + first.used;
  let damaged = false;
  while (length < max && !damaged) {
    const rest = data.subarray(end + TRAILER);
    const at = gzipStart(rest);
    if (at < 0) break;
    if (parts.length === MOST) damaged = true;
    else {
      const told = unpack(rest, at, max - length);
      parts.push(told.bytes);
      length += told.bytes.length;
      end += TRAILER + at + told.used;
      damaged = told.damaged;
    }
  }
  return parts.length === 1 && !damaged ? first : { bytes: Buffer.concat(parts, length), used: end - start, damaged };
}

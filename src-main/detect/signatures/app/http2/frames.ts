/** Frames of HTTP/2 (RFC 9113, 4 and 6). */
import { u16, u24, u32, u8 } from '../bytes.ts';

export const TYPE = {
  data: 0,
  headers: 1,
  priority: 2,
  reset: 3,
  settings: 4,
  push: 5,
  ping: 6,
  goAway: 7,
  window: 8,
  continuation: 9,
} as const;
export const FLAG = { end: 1, endHeaders: 4, padded: 8, priority: 32 } as const;
/** Bytes before a payload. */
export const HEADER = 9;
const SETTINGS_MAX = 64;

/** The payload without padding and priority. */
export function unpad(type: number, flags: number, body: Uint8Array): Uint8Array {
  if (type !== TYPE.data && type !== TYPE.headers && type !== TYPE.push) return body;
  const padded = (flags & FLAG.padded) !== 0;
  const start = (padded ? 1 : 0) + (type === TYPE.headers && (flags & FLAG.priority) !== 0 ? 5 : 0);
  const end = body.length - (padded ? Math.max(0, u8(body, 0)) : 0);
  return body.subarray(Math.min(start, end), Math.max(start, end));
}

/** The settings of a frame, by their numbers (RFC 9113, 6.5.2). */
export function settingsOf(body: Uint8Array): (readonly [id: number, value: number])[] {
  const all: (readonly [number, number])[] = [];
  for (let at = 0; at + 6 <= body.length && all.length < SETTINGS_MAX; at += 6)
    all.push([u16(body, at), u32(body, at + 2)]);
  return all;
}

/** The weight that HEADERS or PRIORITY give a stream, as it is sent; -1: none is there. */
export function weightOf(type: number, flags: number, body: Uint8Array): number {
  if (type === TYPE.priority) return u8(body, 4);
  if (type !== TYPE.headers || (flags & FLAG.priority) === 0) return -1;
  return u8(body, (flags & FLAG.padded) !== 0 ? 5 : 4);
}

/** The client's preface; the server's first frame, SETTINGS. */
export function settings(bytes: Uint8Array): 'yes' | 'no' | 'more' {
  if (bytes[0] !== 0 || (bytes.length > 3 && bytes[3] !== TYPE.settings)) return 'no';
  if (bytes.length < HEADER) return bytes.length < 4 || bytes[3] === TYPE.settings ? 'more' : 'no';
  const length = u24(bytes, 0);
  return length % 6 === 0 && length < 512 && u32(bytes, 5) === 0 && bytes[4] === 0 ? 'yes' : 'no';
}

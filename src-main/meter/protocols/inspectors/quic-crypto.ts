/**
 * The bytes of a QUIC handshake from CRYPTO frames, which may come in any order, cut and repeated at will. The copy that
 * came first counts.
 *
 * Between packets a stream is kept as runs (offset and length of two bytes each, then the bytes), so that it takes what
 * was sent of it: at most 40 KiB, where every other byte of 16 KiB came. While a packet is read it is laid out in one
 * place for all streams. A packet costs its bytes and those kept.
 */
import type { Room } from '../account.ts';
import { u16 } from '../bytes.ts';

/** Bytes of a handshake that are read. */
const LIMIT = 16 * 1024;
const HEAD = 4;
const NOTHING = new Uint8Array(0);

/** The stream at hand: its bytes, 1 where they are there, and where the last of them ends. */
const bytes = new Uint8Array(LIMIT);
const there = new Uint8Array(LIMIT);
let top = 0;
/** What was laid out is more than is kept. */
let grown = false;

export class CryptoStream {
  static readonly LIMIT = LIMIT;
  private runs: Uint8Array = NOTHING;

  /** Lays the stream out. `add` and `message` are about the one that was opened last. */
  open(): void {
    there.fill(0, 0, top);
    top = 0;
    grown = false;
    const { runs } = this;
    for (let at = 0; at < runs.length;) {
      const length = u16(runs, at + 2);
      top = u16(runs, at);
      at += HEAD;
      for (const stop = at + length; at < stop; at++, top++) {
        bytes[top] = runs[at]!;
        there[top] = 1;
      }
    }
  }

  /** Adds what is new of a piece, as far as the bound. False when it says something else than an earlier one. */
  add(offset: number, data: Uint8Array, at: number, end: number): boolean {
    if (offset >= LIMIT || at >= end) return true;
    const stop = Math.min(LIMIT, offset + (end - at));
    let same = true;
    for (let i = offset, o = at; i < stop; i++, o++) {
      if (there[i] === 0) {
        there[i] = 1;
        bytes[i] = data[o]!;
        grown = true;
      } else if (bytes[i] !== data[o]) same = false;
    }
    if (stop > top) top = stop;
    return same;
  }

  /** The first handshake message when it is there in whole: its type and body; null before. Not kept: `bytes` change. */
  message(): { type: number; data: Uint8Array; at: number; end: number } | null {
    let whole = there.indexOf(0);
    if (whole < 0) whole = LIMIT;
    if (whole < 4) return null;
    const end = 4 + (bytes[1]! << 16) + u16(bytes, 2);
    return end <= whole ? { type: bytes[0]!, data: bytes, at: 4, end } : null;
  }

  /** Keeps what was laid out. False when `room` refuses the memory: then nothing is kept. */
  close(room: Room): boolean {
    if (!grown) return true;
    let size = 0;
    for (let i = 0, before = 0; i < top; before = there[i]!, i++)
      if (there[i] === 1) size += before === 1 ? 1 : HEAD + 1;
    this.forget(room);
    if (!room.keep(size)) return false;
    const runs = new Uint8Array(size);
    let next = 0;
    for (let from = 0, i = 0; i < top; from = ++i) {
      while (there[i] === 1) i++;
      const length = i - from;
      if (length === 0) continue;
      runs[next] = from >>> 8;
      runs[next + 1] = from;
      runs[next + 2] = length >>> 8;
      runs[next + 3] = length;
      next += HEAD;
      for (let k = from; k < i; k++) runs[next++] = bytes[k]!;
    }
    this.runs = runs;
    return true;
  }

  forget(room: Room): void {
    room.drop(this.runs.length);
    this.runs = NOTHING;
  }
}

/** One direction of a TCP connection, as far as somebody wants to read it: its place, what is kept, what came early. */
import type { Budget } from './budget.ts';
import { Samples } from './samples.ts';

/** Bytes kept a direction when a reader asks for more: a TLS record of full size with room to spare. */
export const STREAM_LIMIT = 18 * 1024;
/** Segments and bytes held a direction while one before them is missing. */
const HELD_SEGMENTS = 16;
const HELD_BYTES = 24 * 1024;

export interface Held {
  seq: number;
  /** Bytes on the wire; `bytes` holds those captured. */
  length: number;
  captured: number;
  bytes: Uint8Array;
}

export class Stream {
  /** Sequence number expected next. */
  next = 0;
  begun = false;
  /** The first byte delivered follows the SYN. */
  fromStart = false;
  /** Nobody wants this direction any more. */
  stopped = false;
  /** Bytes still to come that nobody wants. */
  skip = 0;
  /** Bytes shown but not done with. */
  buffer: Uint8Array | null = null;
  kept = 0;
  held: Held[] = [];
  heldBytes = 0;
  readonly samples = new Samples();

  reset(budget: Budget): void {
    this.release(budget);
    this.next = 0;
    this.begun = false;
    this.fromStart = false;
    this.stopped = false;
    this.skip = 0;
    this.samples.clear();
  }

  /**
   * Passes over the next `length` bytes, which are among those that nobody wants. False when segments are held: then
   * the assembler has to look.
   */
  pass(length: number): boolean {
    if (!this.begun || this.held.length > 0) return false;
    this.next = (this.next + length) >>> 0;
    this.skip -= length;
    this.samples.clear();
    return true;
  }

  /** Its next bytes can be read where they are: nothing is kept or held, and none are to be passed over. */
  get plain(): boolean {
    return this.begun && this.skip === 0 && this.kept === 0 && this.held.length === 0;
  }

  /** Frees everything held. */
  release(budget: Budget): void {
    this.forget(budget);
    if (this.held.length === 0) return;
    for (const held of this.held) budget.give(held.bytes);
    this.held.length = 0;
    this.heldBytes = 0;
  }

  /** Frees the bytes kept, not those held out of order. */
  forget(budget: Budget): void {
    if (this.buffer) budget.give(this.buffer);
    this.buffer = null;
    this.kept = 0;
  }

  /** Adds bytes to those kept. False when the bound of the stream or of all streams is reached. */
  keep(budget: Budget, data: Uint8Array, at: number, end: number): boolean {
    const wanted = this.kept + (end - at);
    if (wanted > STREAM_LIMIT) return false;
    if (!this.buffer || this.buffer.length < wanted) {
      const larger = budget.take(wanted);
      if (!larger) return false;
      if (this.buffer) {
        larger.set(this.buffer.subarray(0, this.kept));
        budget.give(this.buffer);
      }
      this.buffer = larger;
    }
    const buffer = this.buffer;
    if (end - at < 64) for (let i = at, o = this.kept; i < end; i++, o++) buffer[o] = data[i]!;
    else buffer.set(data.subarray(at, end), this.kept);
    this.kept = wanted;
    return true;
  }

  /** Drops the first `count` of the bytes kept. */
  drop(budget: Budget, count: number): void {
    if (count >= this.kept) this.forget(budget);
    else if (count > 0 && this.buffer) {
      this.buffer.copyWithin(0, count, this.kept);
      this.kept -= count;
    }
  }

  /**
   * Holds a segment that came too early; where it overlaps segments held before, theirs are the bytes. False when there
   * is no room.
   */
  hold(budget: Budget, seq: number, data: Uint8Array, at: number, captured: number, length: number): boolean {
    if (this.held.length >= HELD_SEGMENTS || this.heldBytes + captured > HELD_BYTES) return false;
    for (const held of this.held)
      if (held.seq === seq && held.length >= length && held.captured >= captured) return true;
    const bytes = budget.take(Math.max(1, captured));
    if (!bytes) return false;
    bytes.set(data.subarray(at, at + captured));
    for (const held of this.held) overlay(held, seq, bytes, captured);
    this.held.push({ seq, length, captured, bytes });
    this.heldBytes += captured;
    return true;
  }

  /** Whether the segment says something else than one that is held. */
  contradicts(seq: number, data: Uint8Array, at: number, captured: number): boolean {
    const { held: all } = this;
    for (let k = 0; k < all.length; k++) {
      const held = all[k]!;
      const ahead = (held.seq - seq) | 0;
      const from = Math.max(0, ahead);
      const stop = Math.min(captured, ahead + held.captured);
      for (let i = from; i < stop; i++) if (data[at + i] !== held.bytes[i - ahead]) return true;
    }
    return false;
  }

  /** The held segment that comes earliest, or null. */
  get earliest(): Held | null {
    let best: Held | null = null;
    const { held } = this;
    for (let i = 0; i < held.length; i++) if (!best || ((held[i]!.seq - best.seq) | 0) < 0) best = held[i]!;
    return best;
  }

  /** Takes out the held segment that comes earliest, or null. */
  takeEarliest(): Held | null {
    const held = this.earliest;
    if (!held) return null;
    this.held.splice(this.held.indexOf(held), 1);
    this.heldBytes -= held.captured;
    return held;
  }

  /** The sequence number of the earliest held segment is at or before `next`. */
  get ready(): boolean {
    const { held } = this;
    for (let i = 0; i < held.length; i++) if (((held[i]!.seq - this.next) | 0) <= 0) return true;
    return false;
  }
}

/** Writes what `held` says over the bytes of a later segment that begins at `seq`. */
function overlay(held: Held, seq: number, bytes: Uint8Array, captured: number): void {
  const ahead = (held.seq - seq) | 0;
  const from = Math.max(0, ahead);
  const stop = Math.min(captured, ahead + held.captured);
  if (from < stop) bytes.set(held.bytes.subarray(from - ahead, stop - ahead), from);
}

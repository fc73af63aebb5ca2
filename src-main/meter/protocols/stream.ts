/** One direction of a TCP connection, as far as inspectors want to read it. */

/** Bytes kept a direction when an inspector asks for more: a TLS record of full size with room to spare. */
export const STREAM_LIMIT = 18 * 1024;
/** Segments and bytes held a direction while one before them is missing. */
const HELD_SEGMENTS = 16;
const HELD_BYTES = 24 * 1024;
const SMALLEST = 2048;

/** Counts the bytes held by all flows together; nobody may hold more once the ceiling is reached. */
export class Budget {
  used = 0;
  readonly ceiling: number;
  private readonly free = new Map<number, Uint8Array[]>();

  constructor(ceiling: number) {
    this.ceiling = ceiling;
  }

  /** A buffer of at least `size` bytes, or null when the ceiling is reached. Sizes are powers of two from 2 KiB. */
  take(size: number): Uint8Array | null {
    let wanted = SMALLEST;
    while (wanted < size) wanted *= 2;
    if (this.used + wanted > this.ceiling) return null;
    this.used += wanted;
    return this.free.get(wanted)?.pop() ?? new Uint8Array(wanted);
  }

  give(buffer: Uint8Array): void {
    this.used -= buffer.length;
    const pool = this.free.get(buffer.length);
    if (!pool) this.free.set(buffer.length, [buffer]);
    else if (pool.length < 256) pool.push(buffer);
  }
}

interface Held {
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
  /** While the protocol is unknown: payloads probed, and whether all inspectors have said no. */
  tries = 0;
  ruledOut = false;
  held: Held[] = [];
  heldBytes = 0;

  reset(budget: Budget): void {
    this.release(budget);
    this.next = 0;
    this.begun = false;
    this.fromStart = false;
    this.stopped = false;
    this.skip = 0;
    this.tries = 0;
    this.ruledOut = false;
  }

  /** Frees everything held. */
  release(budget: Budget): void {
    this.forget(budget);
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

  /** Holds a segment that came too early. False when there is no room. */
  hold(budget: Budget, seq: number, data: Uint8Array, at: number, captured: number, length: number): boolean {
    if (this.held.length >= HELD_SEGMENTS || this.heldBytes + captured > HELD_BYTES) return false;
    for (const held of this.held) if (held.seq === seq && held.length >= length) return true;
    const bytes = budget.take(Math.max(1, captured));
    if (!bytes) return false;
    bytes.set(data.subarray(at, at + captured));
    this.held.push({ seq, length, captured, bytes });
    this.heldBytes += captured;
    return true;
  }

  /** Takes out the held segment that comes earliest after `next`, or null. */
  earliest(): Held | null {
    let best = -1;
    for (let i = 0; i < this.held.length; i++) {
      if (best < 0 || ((this.held[i]!.seq - this.held[best]!.seq) | 0) < 0) best = i;
    }
    if (best < 0) return null;
    const [held] = this.held.splice(best, 1);
    if (held) this.heldBytes -= held.captured;
    return held ?? null;
  }

  /** The sequence number of the earliest held segment is at or before `next`. */
  get ready(): boolean {
    for (const held of this.held) if (((held.seq - this.next) | 0) <= 0) return true;
    return false;
  }
}

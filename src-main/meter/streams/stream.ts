/** One direction of a TCP connection, as far as somebody wants to read it: its place, what is kept, what came early. */
import type { Budget } from './budget.ts';
import { Early } from './early.ts';
import { Samples } from './samples.ts';

/** Bytes kept a direction when a reader asks for more: a TLS record of full size with room to spare. */
export const STREAM_LIMIT = 18 * 1024;
/** A sender fills its first flights from here on: more than it sends before it repeats what was lost. */
const FIRST_FLIGHTS = 16 * 1024;

export class Stream {
  /** Sequence number expected next. These are kept as signed numbers of 32 bits, which need no memory beside the stream. */
  next = 0;
  /** Nobody wants this direction any more. */
  stopped = false;
  begun = false;
  /** Bytes still to come that nobody wants. */
  skip = 0;
  /** Bytes shown but not done with: how many, and where they are. */
  kept = 0;
  /** What came before what is missing; made when first needed. */
  early: Early | null = null;
  readonly samples: Samples;
  buffer: Uint8Array | null = null;
  /** The first byte delivered follows the SYN. */
  fromStart = false;
  /** The hole that was passed over last while an ordinary sender would still have filled it: [from, to). */
  private passedFrom = 0;
  private passedTo = 0;
  private first = 0;

  /** `sampled`: it is told when bytes are sent again with another content. */
  constructor(sampled = true) {
    this.samples = new Samples(sampled);
  }

  reset(budget: Budget): void {
    this.release(budget);
    this.next = 0;
    this.begun = false;
    this.fromStart = false;
    this.stopped = false;
    this.skip = 0;
    this.passedFrom = this.passedTo = 0;
    this.samples.clear();
  }

  /** The first segment: reading begins at `next`. */
  begin(next: number, fromStart: boolean): void {
    this.begun = true;
    this.fromStart = fromStart;
    this.next = this.first = next | 0;
  }

  /** Segments are held behind a hole. */
  get waits(): boolean {
    return this.early !== null && this.early.count > 0;
  }

  /** Goes on at `seq`, over a hole. `hasty`: no loss on the way explains that it was not waited for. */
  passOver(seq: number, hasty: boolean): void {
    const flights = this.fromStart && (this.next - this.first) >>> 0 < FIRST_FLIGHTS;
    if (hasty || flights) {
      this.passedFrom = this.next;
      this.passedTo = seq | 0;
    }
    this.next = seq | 0;
  }

  /** Whether the segment of `length` bytes at `seq` says some that were passed over. */
  late(seq: number, length: number): boolean {
    return (
      this.passedFrom !== this.passedTo && ((seq - this.passedTo) | 0) < 0 && ((seq + length - this.passedFrom) | 0) > 0
    );
  }

  /**
   * Passes over the next `length` bytes, which are among those that nobody wants. False when segments are held: then
   * the assembler has to look.
   */
  pass(length: number): boolean {
    if (!this.begun || this.waits) return false;
    this.next = (this.next + length) | 0;
    this.skip -= length;
    this.samples.clear();
    return true;
  }

  /** Its next bytes can be read where they are: nothing is kept or held, and none are to be passed over. */
  get plain(): boolean {
    return this.begun && this.skip === 0 && this.kept === 0 && !this.waits;
  }

  /** Whether all of a segment comes next, and nothing else is to be done about it. */
  isNext(seq: number, captured: number, length: number): boolean {
    return (seq | 0) === this.next && this.plain && captured === length;
  }

  /** Frees everything held. */
  release(budget: Budget): void {
    this.forget(budget);
    this.early?.giveWay(budget);
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
    return (this.early ??= new Early()).hold(budget, seq, data, at, captured, length);
  }

  /** What is held begins at or before `next`. */
  get ready(): boolean {
    const first = this.early?.first;
    return first !== null && first !== undefined && ((first.seq - this.next) | 0) <= 0;
  }
}

/**
 * Puts the segments of a TCP direction in order.
 *
 * Policy where segments overlap: the copy that came first counts, whether it was delivered or is held behind a hole; what
 * a later one adds beyond it counts too. A later copy with another content is reported, not read.
 *
 * A stream whose beginning was not seen begins with the first segment that was. Bytes nobody wants (`Stream.skip`) are
 * passed over unread. Work a segment is bounded by its bytes and by what is held, memory by the `Budget`.
 */
import type { Budget } from './budget.ts';
import type { Stream } from './stream.ts';

/** A first segment further than this from the SYN is not of its stream's beginning. */
const FAR = 1 << 20;

/** Who reads. The stream says of which direction. */
export interface StreamSink {
  /** Bytes [at, end) that come next, in order. They are only there during the call. */
  bytes(stream: Stream, data: Uint8Array, at: number, end: number): void;
  /** Bytes that will never come. */
  gap(stream: Stream, missing: number): void;
  /** A segment of `length` bytes says some that were passed over too soon for an ordinary sender. */
  late(stream: Stream, length: number): void;
  /** A segment of `length` bytes repeats some with another content. */
  differs(stream: Stream, length: number): void;
  /** Nothing more of the stream is wanted. */
  over(stream: Stream): boolean;
}

export class Assembler {
  private readonly budget: Budget;
  private readonly sink: StreamSink;

  constructor(budget: Budget, sink: StreamSink) {
    this.budget = budget;
    this.sink = sink;
  }

  /**
   * One segment with payload; `seq` may be signed or not. `start`: the sequence number after the direction's SYN, -1 when it was not seen.
   * `captured` bytes of the `length` on the wire stand at `at`.
   */
  segment(
    stream: Stream,
    seq: number,
    start: number,
    data: Uint8Array,
    at: number,
    captured: number,
    length: number,
  ): void {
    if (!stream.begun) {
      // A single byte where nothing was seen before is a keep-alive's, and stands before the next real one.
      if (start < 0 && length === 1 && captured === 1 && data[at] === 0) return;
      const fromStart = start >= 0 && ((seq - start) | 0) >= 0 && ((seq - start) | 0) < FAR;
      stream.begin(fromStart ? start : seq, fromStart);
    }
    if (stream.waits && stream.early?.contradicts(seq, data, at, captured)) this.sink.differs(stream, length);
    if (((seq - stream.next) | 0) > 0) this.early(stream, seq, data, at, captured, length);
    else this.accept(stream, seq, data, at, captured, length);
    while (stream.ready && !this.sink.over(stream)) this.flush(stream);
  }

  /** The connection ended: what was held behind a hole is read after all, for the hole will not be filled. */
  drain(stream: Stream): void {
    while (stream.waits && !this.sink.over(stream)) this.flush(stream);
  }

  private early(stream: Stream, seq: number, data: Uint8Array, at: number, captured: number, length: number): void {
    while (!stream.hold(this.budget, seq, data, at, captured, length)) {
      const hasty = stream.early?.crowded === true;
      if (stream.waits) this.flush(stream, hasty);
      else this.jump(stream, seq, hasty);
      if (this.sink.over(stream)) return;
      if (((seq - stream.next) | 0) <= 0) {
        this.accept(stream, seq, data, at, captured, length);
        return;
      }
    }
  }

  /** Goes on with the earliest held segment, over a gap when there is one before it. */
  private flush(stream: Stream, hasty = false): void {
    const held = stream.early?.shift(this.budget);
    if (!held) return;
    if (((held.seq - stream.next) | 0) > 0) this.jump(stream, held.seq, hasty);
    if (!this.sink.over(stream)) this.accept(stream, held.seq, held.page.bytes, held.at, held.captured, held.length);
    stream.early?.done(this.budget, held);
  }

  private jump(stream: Stream, seq: number, hasty: boolean): void {
    const missing = (seq - stream.next) >>> 0;
    stream.passOver(seq, hasty);
    this.gap(stream, missing);
  }

  /** A segment that begins at or before the expected byte. */
  private accept(stream: Stream, seq: number, data: Uint8Array, at: number, captured: number, length: number): void {
    const old = (stream.next - seq) | 0;
    // One byte is what a keep-alive repeats, and it may be any.
    if (old > 0 && length > 1 && stream.samples.differ(stream.next, seq, data, at, at + captured))
      this.sink.differs(stream, length);
    if (old > 0 && stream.late(seq, length)) this.sink.late(stream, length);
    if (!stream.waits) {
      this.take(stream, seq, data, at, captured, length);
      return;
    }
    // What is held came before: it is read in its place, and this segment where it says more.
    while (!this.sink.over(stream)) {
      const held = stream.early?.first;
      const ahead = held ? (held.seq - seq) | 0 : length;
      if (ahead >= length) {
        this.take(stream, seq, data, at, captured, length);
        return;
      }
      if (((stream.next - seq) | 0) < ahead) this.take(stream, seq, data, at, Math.min(captured, ahead), ahead);
      if (!this.sink.over(stream)) this.flush(stream);
    }
  }

  /** Delivers what of the segment is new. */
  private take(stream: Stream, seq: number, data: Uint8Array, at: number, captured: number, length: number): void {
    const old = (stream.next - seq) | 0;
    if (old >= length) return;
    const begin = stream.next;
    stream.next = (seq + length) | 0;
    let from = at + old;
    const end = at + captured;
    let missing = length - captured;
    if (from > end) {
      missing -= from - end;
      from = end;
    }
    const skipped = stream.skip > 0 ? Math.min(stream.skip, end - from) : 0;
    if (skipped > 0) {
      stream.skip -= skipped;
      stream.samples.clear();
    }
    if (from + skipped < end) {
      this.sink.bytes(stream, data, from + skipped, end);
      if (this.sink.over(stream)) return;
      stream.samples.add(begin + skipped, data, from + skipped, end);
    }
    if (missing > 0) this.gap(stream, missing);
  }

  /** Bytes that will never come. */
  private gap(stream: Stream, missing: number): void {
    stream.samples.clear();
    if (stream.skip >= missing) {
      stream.skip -= missing;
      return;
    }
    const lost = missing - stream.skip;
    stream.skip = 0;
    stream.forget(this.budget);
    this.sink.gap(stream, lost);
  }
}

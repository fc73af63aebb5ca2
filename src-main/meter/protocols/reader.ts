/**
 * Puts the segments of a TCP direction in order, as far as the flow's session wants to read them. Work a segment is
 * bounded by its bytes and by what is kept (at most `STREAM_LIMIT`), memory by the `Budget`.
 */
import type { FlowContext } from './context.ts';
import { NO, YES } from './inspector.ts';
import type { Recogniser } from './recognise.ts';
import type { Budget, Stream } from './stream.ts';

/** Bytes a direction offers at most for recognition. */
const PREFIX_LIMIT = 2048;
/** Payloads a direction offers for recognition before it is given up. */
const TRIES = 6;
/** Payloads a direction shows to the behaviours while nobody knows it. */
const UNKNOWN_SHOWN = 2;
/** A hole larger than this is no reordering. */
const FAR = 1 << 20;
/** Times one payload may change hands (a proxy's tunnel in a proxy's tunnel …). */
const HAND_OVERS = 4;

export class StreamReader {
  /** Flows given up without a name. */
  abandoned = 0;
  private readonly budget: Budget;
  private readonly recogniser: Recogniser;
  private pendingOther = false;

  constructor(budget: Budget, recogniser: Recogniser) {
    this.budget = budget;
    this.recogniser = recogniser;
  }

  /**
   * One segment with payload. `start`: the sequence number after the direction's SYN, -1 when it was not seen.
   * `captured` bytes of the `length` on the wire stand at `at`.
   */
  segment(
    flow: FlowContext,
    dir: 0 | 1,
    seq: number,
    start: number,
    data: Uint8Array,
    at: number,
    captured: number,
    length: number,
  ): void {
    const stream = flow.streams[dir];
    if (!stream.begun) {
      // A single byte where nothing was seen before is a keep-alive's, and stands before the next real one.
      if (start < 0 && length === 1 && captured === 1 && data[at] === 0) return;
      stream.begun = true;
      stream.fromStart = start >= 0 && ((seq - start) | 0) >= 0 && ((seq - start) | 0) < FAR;
      stream.next = stream.fromStart ? start : seq;
    }
    const ahead = (seq - stream.next) | 0;
    if (ahead > 0) {
      this.early(flow, dir, seq, data, at, captured, length);
    } else {
      this.accept(flow, dir, seq, data, at, captured, length);
    }
    while (!stream.stopped && !flow.finished && stream.ready) this.flush(flow, dir);
    if (stream.stopped) {
      stream.release(this.budget);
      if (flow.streams[1 - dir]!.stopped) flow.finish();
    }
  }

  /** The flow ended: what was held behind a hole is read after all, for the hole will not be filled. */
  drain(flow: FlowContext): void {
    for (const dir of [0, 1] as const) {
      const stream = flow.streams[dir];
      flow.fromOrig = dir === 0;
      while (stream.held.length > 0 && !stream.stopped && !flow.finished) this.flush(flow, dir);
    }
  }

  private early(
    flow: FlowContext,
    dir: 0 | 1,
    seq: number,
    data: Uint8Array,
    at: number,
    captured: number,
    length: number,
  ): void {
    const stream = flow.streams[dir];
    const far = ((seq - stream.next) | 0) > FAR;
    while (far || !stream.hold(this.budget, seq, data, at, captured, length)) {
      if (far || stream.held.length === 0) {
        this.gap(flow, dir, (seq - stream.next) >>> 0);
        stream.next = seq;
      } else {
        this.flush(flow, dir);
      }
      if (stream.stopped || flow.finished) return;
      if (((seq - stream.next) | 0) <= 0) {
        this.accept(flow, dir, seq, data, at, captured, length);
        return;
      }
    }
  }

  /** Goes on with the earliest held segment, over a gap when there is one before it. */
  private flush(flow: FlowContext, dir: 0 | 1): void {
    const stream = flow.streams[dir];
    const held = stream.earliest();
    if (!held) return;
    const missing = (held.seq - stream.next) | 0;
    if (missing > 0) {
      this.gap(flow, dir, missing);
      stream.next = held.seq;
    }
    if (!stream.stopped && !flow.finished) this.accept(flow, dir, held.seq, held.bytes, 0, held.captured, held.length);
    this.budget.give(held.bytes);
  }

  /** A segment that begins at or before the expected byte. */
  private accept(
    flow: FlowContext,
    dir: 0 | 1,
    seq: number,
    data: Uint8Array,
    at: number,
    captured: number,
    length: number,
  ): void {
    const stream = flow.streams[dir];
    const old = (stream.next - seq) | 0;
    if (old >= length) return;
    stream.next = (seq + length) >>> 0;
    let from = at + old;
    const end = at + captured;
    let missing = length - captured;
    if (from > end) {
      missing -= from - end;
      from = end;
    }
    if (stream.skip > 0) {
      const skipped = Math.min(stream.skip, end - from);
      stream.skip -= skipped;
      from += skipped;
    }
    if (from < end) this.deliver(flow, dir, data, from, end);
    if (missing > 0 && !stream.stopped && !flow.finished) this.gap(flow, dir, missing);
  }

  /** Bytes that will never come. */
  private gap(flow: FlowContext, dir: 0 | 1, missing: number): void {
    const stream = flow.streams[dir];
    if (stream.skip >= missing) {
      stream.skip -= missing;
      return;
    }
    const lost = missing - stream.skip;
    stream.skip = 0;
    stream.forget(this.budget);
    if (!flow.session) {
      stream.fromStart = false;
      return;
    }
    if (!flow.session.gap?.(flow, dir === 0, lost)) stream.stopped = true;
  }

  private deliver(flow: FlowContext, dir: 0 | 1, data: Uint8Array, at: number, end: number): void {
    const stream = flow.streams[dir];
    if (!flow.session && stream.ruledOut && !stream.fromStart) {
      stream.forget(this.budget);
      stream.ruledOut = false;
    }
    if (stream.kept === 0) {
      this.run(flow, dir, data, at, end);
    } else if (stream.keep(this.budget, data, at, end)) {
      this.run(flow, dir, stream.buffer!, 0, stream.kept);
    } else {
      this.gap(flow, dir, stream.kept);
      if (!stream.stopped && !flow.finished) this.run(flow, dir, data, at, end);
    }
    if (this.pendingOther) this.otherToo(flow, dir);
  }

  /** The other direction has kept bytes since before the protocol was known. */
  private otherToo(flow: FlowContext, dir: 0 | 1): void {
    this.pendingOther = false;
    const other = flow.streams[1 - dir]!;
    if (flow.finished || other.stopped || other.kept === 0 || !other.buffer) return;
    const fromOrig = flow.fromOrig;
    flow.fromOrig = dir === 1;
    this.run(flow, (1 - dir) as 0 | 1, other.buffer, 0, other.kept);
    flow.fromOrig = fromOrig;
  }

  /** Shows [at, end) to whoever reads the flow, and keeps what is not done with. */
  private run(flow: FlowContext, dir: 0 | 1, data: Uint8Array, at: number, end: number): void {
    const stream = flow.streams[dir];
    const own = data === stream.buffer;
    let from = at;
    for (let hands = 0; ; hands++) {
      const session = flow.session;
      const position = session
        ? (session.read?.(flow, dir === 0, data, from, end) ?? end)
        : this.recognise(flow, dir, data, from, end);
      if (flow.finished || stream.stopped) return;
      if (position >= end) {
        stream.skip = position - end;
        stream.forget(this.budget);
        return;
      }
      if (position > from) from = position;
      if (flow.session === session || hands >= HAND_OVERS) break;
    }
    if (own) stream.drop(this.budget, from);
    else if (!stream.keep(this.budget, data, from, end)) this.gap(flow, dir, end - from);
  }

  /** Asks who knows the bytes. Returns where the session goes on: `at` always, for it reads what was probed. */
  private recognise(flow: FlowContext, dir: 0 | 1, data: Uint8Array, at: number, end: number): number {
    const stream = flow.streams[dir];
    const other = flow.streams[1 - dir]!;
    if (!stream.ruledOut && this.ask(flow, dir, data, at, end)) {
      if (other.kept > 0 && !flow.finished) {
        this.pendingOther = true;
        if (flow.firstStream !== dir) this.otherToo(flow, dir);
      }
      return at;
    }
    if (exhausted(stream) && (exhausted(other) || stream.tries >= TRIES + 2)) {
      this.abandoned++;
      flow.finish();
      return end;
    }
    if (end - at > PREFIX_LIMIT) {
      if (stream.fromStart) stream.stopped = true;
      return end;
    }
    return at;
  }

  private ask(flow: FlowContext, dir: 0 | 1, data: Uint8Array, at: number, end: number): boolean {
    const stream = flow.streams[dir];
    const probe = this.recogniser.probe;
    probe.data = data;
    probe.at = at;
    probe.end = end;
    probe.tcp = true;
    probe.fromOrig = dir === 0;
    probe.origPort = flow.origPort;
    probe.respPort = flow.respPort;
    probe.partial = flow.partial;
    probe.fromStart = stream.fromStart;
    probe.tries = stream.tries++;
    const verdict = this.recogniser.ask(flow);
    if (verdict === YES) {
      open(flow);
      return true;
    }
    if (verdict === NO && stream.tries <= UNKNOWN_SHOWN) flow.unknown(data, at, end);
    if (verdict === NO || end - at > PREFIX_LIMIT) stream.ruledOut = true;
    return false;
  }
}

/** Names the flow after the inspector that recognised it, and lets it read on. */
export function open(flow: FlowContext): void {
  const inspector = flow.inspector;
  if (!inspector) return;
  flow.candidates = null;
  // Inside another protocol (STARTTLS, a proxy's tunnel) the outer one stays the application.
  flow.name(inspector.service, flow.app === '' ? inspector.app : undefined);
  if (inspector.open) flow.session = inspector.open(flow);
  else flow.finish();
}

function exhausted(stream: Stream): boolean {
  return stream.ruledOut && (stream.fromStart || stream.tries >= TRIES);
}

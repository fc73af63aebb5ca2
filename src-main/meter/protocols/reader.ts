/**
 * Shows the ordered bytes of a TCP direction to who can recognise the protocol, then to the flow's session, as far as it
 * wants to read them. Work a segment is bounded by its bytes and by what is kept (at most `STREAM_LIMIT`).
 */
import { Assembler, type StreamSink } from '../streams/assembler.ts';
import type { Budget } from '../streams/budget.ts';
import { FlowContext } from './context.ts';
import { NO, YES } from './inspector.ts';
import type { Recogniser } from './recognise.ts';
import type { ProbedStream } from './stream.ts';

/** Bytes a direction offers at most for recognition. */
const PREFIX_LIMIT = 2048;
/** Payloads a direction offers for recognition before it is given up. */
const TRIES = 6;
/** Payloads a direction shows to the behaviours while nobody knows it. */
const UNKNOWN_SHOWN = 2;
/** Bytes after which a protocol that might still come is held to be none, after as many payloads. */
const WAITED_FOR = 64;
/** Times one payload may change hands (a proxy's tunnel in a proxy's tunnel …). */
const HAND_OVERS = 4;

export class StreamReader implements StreamSink {
  /** Flows given up without a name. */
  abandoned = 0;
  private readonly budget: Budget;
  private readonly recogniser: Recogniser;
  private readonly assembler: Assembler;
  private pendingOther = false;
  /** Of the segment at hand. */
  private flow = new FlowContext();
  private dir: 0 | 1 = 0;

  constructor(budget: Budget, recogniser: Recogniser) {
    this.budget = budget;
    this.recogniser = recogniser;
    this.assembler = new Assembler(budget, this);
  }

  /**
   * One segment with payload; `seq` may be signed or not. `start`: the sequence number after the direction's SYN, -1 when it was not seen.
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
    const stream = flow.stream(dir);
    this.flow = flow;
    this.dir = dir;
    this.assembler.segment(stream, seq, start, data, at, captured, length);
    if (stream.stopped) {
      stream.release(this.budget);
      if (flow.stream((1 - dir) as 0 | 1).stopped) flow.finish();
    }
  }

  /**
   * The next bytes of a direction whose session wants them all, and of which nothing is kept or held: what the
   * assembler does with them, without its questions.
   */
  inOrder(flow: FlowContext, dir: 0 | 1, data: Uint8Array, at: number, length: number): void {
    const stream = flow.stream(dir);
    const begin = stream.next;
    this.flow = flow;
    this.dir = dir;
    stream.next = (begin + length) | 0;
    this.run(flow, dir, data, at, at + length);
    if (this.pendingOther) this.otherToo(flow, dir);
    if (!stream.stopped && !flow.finished) stream.samples.add(begin, data, at, at + length);
    else if (stream.stopped) {
      stream.release(this.budget);
      if (flow.stream((1 - dir) as 0 | 1).stopped) flow.finish();
    }
  }

  /** The flow ended: what was held behind a hole is read after all. */
  drain(flow: FlowContext): void {
    if (!flow.stream(0).waits && !flow.stream(1).waits) {
      flow.fromOrig = false;
      return;
    }
    this.flow = flow;
    for (const dir of [0, 1] as const) {
      this.dir = dir;
      flow.fromOrig = dir === 0;
      this.assembler.drain(flow.stream(dir));
    }
  }

  over(stream: ProbedStream): boolean {
    return stream.stopped || this.flow.finished;
  }

  differs(_stream: ProbedStream, length: number): void {
    this.flow.weird('tcp-overlap-differs', `${length} bytes`);
  }

  late(_stream: ProbedStream, length: number): void {
    this.flow.weird('tcp-late-segment', `${length} bytes`);
  }

  /** Bytes that will never come. */
  gap(stream: ProbedStream, lost: number): void {
    const { flow } = this;
    if (!flow.session) {
      stream.fromStart = false;
      return;
    }
    if (!flow.session.gap?.(flow, this.dir === 0, lost)) stream.stopped = true;
  }

  bytes(_stream: ProbedStream, data: Uint8Array, at: number, end: number): void {
    this.deliver(this.flow, this.dir, data, at, end);
  }

  /** What is kept of a direction cannot be kept any longer. */
  private lose(flow: FlowContext, dir: 0 | 1, missing: number): void {
    const stream = flow.stream(dir);
    const { dir: before } = this;
    stream.skip = 0;
    stream.forget(this.budget);
    this.dir = dir;
    this.gap(stream, missing);
    this.dir = before;
  }

  private deliver(flow: FlowContext, dir: 0 | 1, data: Uint8Array, at: number, end: number): void {
    const stream = flow.stream(dir);
    if (!flow.session && stream.ruledOut && !stream.fromStart) {
      stream.forget(this.budget);
      stream.ruledOut = false;
    }
    if (stream.kept === 0) {
      this.run(flow, dir, data, at, end);
    } else if (stream.keep(this.budget, data, at, end)) {
      this.run(flow, dir, stream.buffer!, 0, stream.kept);
    } else {
      this.lose(flow, dir, stream.kept);
      if (!stream.stopped && !flow.finished) this.run(flow, dir, data, at, end);
    }
    if (this.pendingOther) this.otherToo(flow, dir);
  }

  /** The other direction has kept bytes since before the protocol was known. */
  private otherToo(flow: FlowContext, dir: 0 | 1): void {
    this.pendingOther = false;
    const other = flow.stream((1 - dir) as 0 | 1);
    if (flow.finished || other.stopped || other.kept === 0 || !other.buffer) return;
    const fromOrig = flow.fromOrig;
    flow.fromOrig = dir === 1;
    this.run(flow, (1 - dir) as 0 | 1, other.buffer, 0, other.kept);
    flow.fromOrig = fromOrig;
  }

  /** Shows [at, end) to whoever reads the flow, and keeps what is not done with. */
  private run(flow: FlowContext, dir: 0 | 1, data: Uint8Array, at: number, end: number): void {
    const stream = flow.stream(dir);
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
    else if (!stream.keep(this.budget, data, from, end)) this.lose(flow, dir, end - from);
  }

  /** Asks who knows the bytes. Returns where the session goes on: `at` always, for it reads what was probed. */
  private recognise(flow: FlowContext, dir: 0 | 1, data: Uint8Array, at: number, end: number): number {
    const stream = flow.stream(dir);
    const other = flow.stream((1 - dir) as 0 | 1);
    if (!stream.ruledOut && this.ask(flow, dir, data, at, end)) {
      if (other.kept > 0 && !flow.finished) {
        this.pendingOther = true;
        if (flow.firstStream !== dir) this.otherToo(flow, dir);
      }
      return at;
    }
    if (!flow.givenUp && !flow.recognised && unknown(stream, end - at) && unknown(other, other.kept))
      flow.givenUp = flow.settled = true;
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
    const stream = flow.stream(dir);
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
    const other = flow.stream((1 - dir) as 0 | 1);
    probe.other = other.kept > 0 ? other.buffer : null;
    probe.otherEnd = other.kept;
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
  flow.settled = flow.app === '';
  // Inside another protocol (STARTTLS, a proxy's tunnel) the outer one stays the application.
  flow.name(inspector.service, flow.app === '' ? inspector.app : undefined);
  if (inspector.open) flow.session = inspector.open(flow);
  else flow.finish();
}

/** Shown from its beginning, `bytes` of it, and no inspector knows it: all have said no, or some only "maybe" for long. */
function unknown(stream: ProbedStream, bytes: number): boolean {
  return stream.fromStart && (stream.ruledOut || (stream.tries >= TRIES + 2 && bytes >= WAITED_FOR));
}

function exhausted(stream: ProbedStream): boolean {
  return stream.ruledOut && (stream.fromStart || stream.tries >= TRIES);
}

/** Segments of TCP to the bytes of each side, in order. */
import { Assembler } from '../../../meter/streams/assembler.ts';
import { Budget } from '../../../meter/streams/budget.ts';
import type { Stream } from '../../../meter/streams/stream.ts';
import type { Direction } from '../app/types.ts';
import type { RuleFlow } from '../flow/flow.ts';
import type { Scene } from '../flow/scene.ts';

/** Bytes held behind holes by all flows together. */
const CEILING = 64 * 1024 * 1024;
const SYN = 2;

export interface FeedSink {
  bytes(flow: RuleFlow, direction: Direction, data: Uint8Array, at: number, end: number): void;
  gap(flow: RuleFlow, direction: Direction, missing: number): void;
}

export class StreamFeed {
  private readonly budget = new Budget(CEILING);
  private readonly assembler: Assembler;
  private readonly sink: FeedSink;
  private flow: RuleFlow | null = null;

  constructor(sink: FeedSink) {
    this.sink = sink;
    const of = (stream: Stream): Direction => (this.flow!.sides![0].opened === stream ? 0 : 1);
    this.assembler = new Assembler(this.budget, {
      bytes: (stream, data, at, end) => sink.bytes(this.flow!, of(stream), data, at, end),
      gap: (stream, missing) => sink.gap(this.flow!, of(stream), missing),
      late: () => {},
      differs: () => {},
      over: () => false,
    });
  }

  /** The packet of the scene, which has a payload. */
  segment(flow: RuleFlow, { columns: c, row, data, direction }: Scene): void {
    const side = flow.sides![direction];
    if (side.ended) return;
    this.flow = flow;
    const seq = (c.tcpSeq[row]! + ((c.tcpFlags[row]! & SYN) !== 0 ? 1 : 0)) >>> 0;
    const at = c.payload[row]!;
    const captured = c.payloadCaptured[row]!;
    const length = c.payloadLength[row]!;
    const { stream } = side;
    // As nearly all segments are: it would pass through the assembler as it is.
    if (stream.isNext(seq, captured, length)) {
      stream.next = (seq + length) | 0;
      this.sink.bytes(flow, direction, data, at, at + captured);
    } else this.assembler.segment(stream, seq, side.start, data, at, captured, length);
  }

  /** The packet says that its side sends no more: `ended`, when all before it came. */
  last(flow: RuleFlow, { columns: c, row, direction }: Scene, ended: (direction: Direction) => void): void {
    const { opened: stream } = flow.sides![direction];
    const end = (c.tcpSeq[row]! + c.payloadLength[row]!) >>> 0;
    if (!stream?.begun || (((stream.next - end) | 0) >= 0 && !stream.waits)) ended(direction);
  }

  /** What was held behind a hole is read after all. */
  drain(flow: RuleFlow, direction: Direction): void {
    const { opened } = flow.sides![direction];
    if (!opened) return;
    this.flow = flow;
    this.assembler.drain(opened);
  }

  release(flow: RuleFlow): void {
    for (const side of flow.sides ?? []) {
      side.opened?.release(this.budget);
      side.release();
    }
  }
}

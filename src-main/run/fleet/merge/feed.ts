/**
 * One run of one sensor, put together again: batches of all its shards, each stream in order, to the slices it cut. Repeats are
 * passed over, gaps are counted; a slice is whole once every shard has passed its cell.
 */
import type { Offset, Slice, SliceBatch } from '../types.ts';

/** The rows of a slice that one shard carried. */
export interface Part {
  slice: Slice;
  hosts: Uint32Array;
  idle: boolean;
}

export interface WholeSlice {
  number: number;
  cell: number;
  packets: number;
  /** The sensor moved its watermark by the wall clock. */
  idle: boolean;
  parts: readonly Part[];
}

/** How far a stream is taken in: what came, and as far as nothing of it waits. */
interface Reached {
  sequence: number;
  until: number;
  /** The run ended, or another one has begun in this stream. */
  end: boolean;
}

interface Shard {
  read: Reached;
  done: Reached & { offset: Offset | undefined };
  /** Parts of slices that wait for their turn. */
  queue: Part[];
  /** Batches, until their last slice is used. */
  using: (Reached & { offset: Offset; last: number })[];
}

export interface SavedRun {
  run: number;
  used: number;
  floor: number;
  lastPackets: number;
  shards: Reached[];
}

const NOTHING: Reached = { sequence: -1, until: 0, end: false };

const newShard = (reached = NOTHING): Shard => ({
  read: { ...reached },
  done: { ...reached, offset: undefined },
  queue: [],
  using: [],
});

export class SensorRun {
  readonly run: number;
  /** Cells before it were told by an earlier run. */
  readonly floor: number;
  /** Batches that had come before, and batches that never came. */
  repeats = 0;
  missing = 0;
  /** Flows that the sensor says it lost. */
  lost = 0;
  /** Number of the last slice that was used; the last cell of it that had packets. */
  private used = -1;
  private lastPackets = 0;
  private shards: Shard[];

  constructor(run: number, shards: number, floor = 0) {
    this.run = run;
    this.floor = floor;
    this.shards = Array.from({ length: shards }, () => newShard());
  }

  take(batch: SliceBatch, offset: Offset): void {
    const shard = this.shards[batch.shard];
    if (!shard) return;
    const { read } = shard;
    if (batch.sequence <= read.sequence) {
      this.repeats++;
      return;
    }
    this.missing += batch.sequence - read.sequence - 1;
    this.lost = Math.max(this.lost, batch.lost);
    shard.read = { sequence: batch.sequence, until: Math.max(read.until, batch.until), end: read.end || batch.end };
    let last = -1;
    for (const slice of batch.slices) {
      if (slice.packets > 0) this.lastPackets = Math.max(this.lastPackets, slice.cell);
      if (slice.number <= this.used || slice.cell < this.floor) continue;
      last = slice.number;
      shard.queue.push({ slice, hosts: batch.hosts, idle: batch.idle });
    }
    shard.using.push({ ...shard.read, offset, last });
    this.settle();
  }

  /** A later run has begun in this shard's stream: nothing more of this one comes there. */
  overtaken(shard: number): void {
    const { read, done } = this.shards[shard] ?? newShard();
    read.end = true;
    done.end = true;
  }

  /** Nothing more comes. */
  private get isOver(): boolean {
    return this.shards.every(({ read }) => read.end);
  }

  private get sent(): number {
    return Math.min(...this.shards.map(({ read }) => read.until));
  }

  /** Everything before this cell was sent; infinite once the run is over. */
  get watermark(): number {
    return this.isOver ? Infinity : Math.max(this.sent, this.floor);
  }

  /** From where on a later run tells what this one did not: a run that ended went on by the clock alone after its last packet. */
  get reached(): number {
    const ended = this.shards.every(({ read }) => read.end && read.until === this.shards[0]!.read.until);
    return Math.max(this.floor, ended ? Math.min(this.sent, this.lastPackets + 1) : this.sent);
  }

  /** It is over, and all of it was used. */
  get isDone(): boolean {
    return this.isOver && this.nextCell === Infinity;
  }

  /** Cell of the next whole slice; infinite where there is none. */
  get nextCell(): number {
    const head = this.head();
    // Where a run was broken off, what not all shards have is not whole and never will be.
    return head && head.slice.cell < this.sent ? head.slice.cell : Infinity;
  }

  /** The part that comes first: numbers ascend within a shard. */
  private head(): Part | undefined {
    let first: Part | undefined;
    for (const { queue } of this.shards) {
      const [part] = queue;
      if (part && (!first || part.slice.number < first.slice.number)) first = part;
    }
    return first;
  }

  /** The next whole slice, where `nextCell` is finite. */
  use(): WholeSlice {
    const { number, cell, packets } = this.head()!.slice;
    const parts: Part[] = [];
    for (const { queue } of this.shards) {
      // A slice with many rows takes several batches of a shard.
      while (queue[0]?.slice.number === number) parts.push(queue.shift()!);
    }
    this.used = number;
    this.settle();
    return { number, cell, packets, idle: parts.some(({ idle }) => idle), parts };
  }

  /** How many parts of a shard wait. */
  waitingOf(shard: number): number {
    return this.shards[shard]?.queue.length ?? 0;
  }

  /** Batches of which nothing waits any more: reading may go on after them. */
  private settle(): void {
    for (const shard of this.shards) {
      for (let first = shard.using[0]; first && first.last <= this.used; first = shard.using[0]) {
        shard.using.shift();
        const { sequence, until, end, offset } = first;
        shard.done = { sequence, until, end: end || shard.done.end, offset };
      }
    }
  }

  /** After which entry to read on, by shard: what was read beyond it and not used is read again. */
  offset(shard: number): Offset | undefined {
    return this.shards[shard]?.done.offset;
  }

  get saved(): SavedRun {
    const { run, used, floor, lastPackets } = this;
    const shards = this.shards.map(({ done: { sequence, until, end } }) => ({ sequence, until, end }));
    return { run, used, floor, lastPackets, shards };
  }

  static from({ run, used, floor, lastPackets, shards }: SavedRun): SensorRun {
    const made = new SensorRun(run, shards.length, floor);
    made.used = used;
    made.lastPackets = lastPackets;
    made.shards = shards.map((reached) => newShard(reached));
    return made;
  }
}

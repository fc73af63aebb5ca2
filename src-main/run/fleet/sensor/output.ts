/** From slices to sealed batches: gathered by shard, sealed when there is enough or time has passed, or lost where nothing fits. */
import type { KeyObject } from 'node:crypto';
import type { HostTable } from '../../../meter/hosts.ts';
import { names } from '../names.ts';
import type { Waiting } from '../spool/segment.ts';
import type { Spool } from '../spool/spool.ts';
import { sealBatch } from '../wire/seal.ts';
import { Gatherer } from './gather.ts';
import type { Publisher } from './publisher.ts';
import type { Sent } from './resume.ts';
import type { OnSlice } from './slicer.ts';

/** Flows or events in a shard that are worth a batch: sealing them takes less than a tenth of a second. */
const ROWS = 1024;
/** Rows that are sent without waiting for more: what a batch has beside them is little then. */
const ROWS_AT_ONCE = 64;
/** A batch is hardly larger than this; where less room is left, it is lost. */
const ROOM = 1 << 20;

export interface OutputOptions {
  sensor: string;
  run: number;
  shards: number;
  key: KeyObject;
  withPayload: boolean;
  publisher: Publisher;
  spool: Spool;
  /** What it has been told of cells until now. */
  cell: () => number;
}

export class Output {
  readonly lost = { batches: 0, flows: 0 };
  /** Watermark of what was handed over last. */
  until = 0;
  private readonly options: OutputOptions;
  private readonly gatherer: Gatherer;
  private readonly sequences: number[];
  /** Watermark that each shard was told last. */
  private readonly told: number[];
  private packets = 0;
  private flushed = performance.now();

  constructor(options: OutputOptions, hosts: HostTable) {
    this.options = options;
    this.gatherer = new Gatherer(hosts, options.shards, () => this.flush());
    this.sequences = Array.from({ length: options.shards }, () => 0);
    this.told = Array.from({ length: options.shards }, () => -1);
  }

  resume(sent: readonly (Sent | undefined)[]): void {
    this.gatherer.resume(sent);
    this.until = Math.max(0, ...sent.map((known) => known?.until ?? 0));
    for (const [shard, known] of sent.entries()) {
      if (!known) continue;
      this.sequences[shard] = known.sequence + 1;
      this.told[shard] = known.until;
    }
  }

  readonly take: OnSlice = (facts, seen, cards) => {
    this.packets += facts.packets;
    this.gatherer.take(facts, seen, cards);
  };

  /** Whether there is enough for a batch. */
  isWorth(): boolean {
    return this.gatherer.waiting >= ROWS || this.gatherer.isFull();
  }

  /** Hands over what was gathered where it is more than a few rows, or the last time is so long ago, ms. */
  flushOld(ms: number): void {
    if (this.gatherer.waiting >= ROWS_AT_ONCE || performance.now() - this.flushed >= ms) this.flush();
  }

  /** Hands over what was gathered, to every shard where the watermark moved. */
  flush(end = false): void {
    const { options } = this;
    this.flushed = performance.now();
    const bodies = this.gatherer.flush();
    // What an earlier process promised holds.
    const until = Math.max(this.until, options.cell());
    const isNothing = until === this.until && !end && bodies.every(({ rows }) => rows.heads.length === 0);
    if (isNothing) return;
    const idle = this.packets === 0 && !end;
    this.packets = 0;
    this.until = until;
    if (!options.spool.hasRoom(ROOM)) {
      this.lost.batches++;
      this.lost.flows += bodies.reduce((sum, { rows }) => sum + rows.flows.count, 0);
      return;
    }
    const items = bodies.flatMap((body, shard): Waiting[] => {
      const { sensor, run, shards, key, withPayload } = options;
      // Whoever goes on looks at a stream's last batch alone: one without rows would hide those that were sent of its cell.
      if (!end && this.told[shard] === until && body.rows.heads.length === 0) return [];
      this.told[shard] = until;
      const sequence = this.sequences[shard]!++;
      const head = { sensor, run, sequence, shard, shards, until, end, idle, lost: this.lost.flows };
      const sealed = sealBatch(head, body, key, { withPayload });
      return [{ stream: names.slices(shard, sensor), flows: body.rows.flows.count, body: sealed }];
    });
    options.publisher.add(items);
  }
}

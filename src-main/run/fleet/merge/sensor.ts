/** The runs of one sensor: the one that sends now, and those before it as long as something of them waits. */
import type { Offset, SliceBatch } from '../types.ts';
import { SensorRun, type SavedRun, type WholeSlice } from './feed.ts';
import { FlowNumbers, type SavedNumbers } from './flow-numbers.ts';

export interface SensorCounts {
  batches: number;
  /** Batches that had come before, and batches that never came. */
  repeats: number;
  missing: number;
  /** Flows that the sensor says it lost. */
  lost: number;
  /** Slices that came after their time had been told without them. */
  late: number;
}

export interface SavedSensor {
  counts: SensorCounts;
  runs: { run: SavedRun; flows: SavedNumbers }[];
}

interface Run {
  run: SensorRun;
  flows: FlowNumbers;
}

export class SensorMerge {
  readonly name: string;
  readonly counts: SensorCounts = { batches: 0, repeats: 0, missing: 0, lost: 0, late: 0 };
  /** When something of it was read last, ms of the worker's clock. */
  heard: number;
  /** Nobody waits for it until it has caught up. */
  isBehind = false;
  private readonly shards: number;
  private runs: Run[] = [];
  /** Where reading goes on, by shard, once nothing of what came before waits. */
  private readonly settled: (Offset | undefined)[] = [];

  constructor(name: string, shards: number, now: number) {
    this.name = name;
    this.shards = shards;
    this.heard = now;
  }

  take(batch: SliceBatch, offset: Offset, now: number): void {
    this.heard = now;
    this.counts.batches++;
    const last = this.runs.at(-1);
    if (!last || batch.run > last.run.run) this.begin(batch.run);
    const found = this.runs.find(({ run }) => run.run === batch.run);
    if (!found) {
      this.counts.repeats++;
      return;
    }
    for (const { run } of this.runs) if (run.run < batch.run) run.overtaken(batch.shard);
    const { repeats, missing, lost } = found.run;
    found.run.take(batch, offset);
    this.counts.repeats += found.run.repeats - repeats;
    this.counts.missing += found.run.missing - missing;
    this.counts.lost += found.run.lost - lost;
    this.tidy();
  }

  private begin(number: number): void {
    const floor = this.runs.reduce((most, { run }) => Math.max(most, run.reached), 0);
    this.runs.push({ run: new SensorRun(number, this.shards, floor), flows: new FlowNumbers() });
  }

  /** Runs that are over go, but for the last: a later one begins where it ended. */
  private tidy(): void {
    this.offsets();
    const last = this.runs.at(-1);
    this.runs = this.runs.filter((one) => one === last || !one.run.isDone);
  }

  get isKnown(): boolean {
    return this.runs.length > 0;
  }

  /** Everything before this cell was sent; infinite while no run goes on. */
  get watermark(): number {
    return this.runs.reduce((least, { run }) => Math.min(least, run.watermark), this.isKnown ? Infinity : 0);
  }

  get isDone(): boolean {
    return this.isKnown && this.runs.every(({ run }) => run.isDone);
  }

  get nextCell(): number {
    return this.runs.reduce((least, { run }) => Math.min(least, run.nextCell), Infinity);
  }

  get waiting(): number {
    return Array.from({ length: this.shards }, (_, shard) => this.waitingOf(shard)).reduce((a, b) => a + b, 0);
  }

  waitingOf(shard: number): number {
    return this.runs.reduce((sum, { run }) => sum + run.waitingOf(shard), 0);
  }

  /** The whole slices of a cell, with the numbers that their flows have here. */
  use(cell: number): { slice: WholeSlice; flows: FlowNumbers }[] {
    const found: { slice: WholeSlice; flows: FlowNumbers }[] = [];
    for (const { run, flows } of this.runs) {
      while (run.nextCell === cell) found.push({ slice: run.use(), flows });
    }
    this.tidy();
    return found;
  }

  /** After which entry of each shard's stream to read on; undefined: as before. */
  offsets(): readonly (Offset | undefined)[] {
    for (let shard = 0; shard < this.shards; shard++) {
      for (const { run } of this.runs) {
        this.settled[shard] = run.offset(shard) ?? this.settled[shard];
        // What a later run sent stands behind what is still needed of this one.
        if (!run.isDone) break;
      }
    }
    return this.settled;
  }

  get saved(): SavedSensor {
    const runs = this.runs.map(({ run, flows }) => ({ run: run.saved, flows: flows.saved }));
    return { counts: { ...this.counts }, runs };
  }

  restore({ counts, runs }: SavedSensor): void {
    Object.assign(this.counts, counts);
    this.runs = runs.map(({ run, flows }) => ({ run: SensorRun.from(run), flows: FlowNumbers.from(flows) }));
  }
}

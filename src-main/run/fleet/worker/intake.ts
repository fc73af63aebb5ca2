/** Reads the sensors' streams, and takes what is signed by who may write there; everything else is counted. */
import type { KeyObject } from 'node:crypto';
import { setImmediate as turn } from 'node:timers/promises';
import type { Timeline } from '../merge/timeline.ts';
import { names } from '../names.ts';
import { BEGINNING, type Entry, type Offset, type Transport } from '../types.ts';
import { WireError, type WireFault } from '../wire/error.ts';
import { openBatch } from '../wire/seal.ts';

/** Parts of slices of one shard that may wait: then its stream is left until others have come as far. */
const WAITING = 16_384;
/** Entries that are read at once. */
const MOST = 16;
/** A batch takes up to some tenths of a second to open: who renews the role has a turn this often, ms. */
const TURN_MS = 50;

export interface IntakeOptions {
  transport: Transport;
  keys: ReadonlyMap<string, KeyObject>;
  shards: number;
}

interface Stream {
  sensor: string;
  shard: number;
  /** Up to where it was read, and up to where nothing of it waits. */
  read: Offset;
  settled: Offset;
}

export class Intake {
  /** What was refused, by reason. */
  readonly refused = new Map<WireFault, number>();
  private readonly options: IntakeOptions;
  private readonly streams = new Map<string, Stream>();

  /** `offsets`: where a saved state ends, by stream. */
  constructor(options: IntakeOptions, offsets: ReadonlyMap<string, Offset>) {
    this.options = options;
    for (const sensor of options.keys.keys()) {
      for (let shard = 0; shard < options.shards; shard++) {
        const name = names.slices(shard, sensor);
        const from = offsets.get(name) ?? BEGINNING;
        this.streams.set(name, { sensor, shard, read: from, settled: from });
      }
    }
  }

  /**
   * Reads what there is, or waits for it; how many entries came.
   *
   * @throws SondeError `connection-lost`
   */
  async read(timeline: Timeline, waitMs: number, signal: AbortSignal): Promise<number> {
    const from = new Map<string, Offset>();
    for (const [name, { sensor, shard, read }] of this.streams) {
      if (timeline.waiting(sensor, shard) < WAITING) from.set(name, read);
    }
    const entries = await this.options.transport.read(from, { most: MOST, waitMs, signal });
    let turned = performance.now();
    for (const entry of entries) {
      this.take(entry, timeline);
      if (performance.now() - turned < TURN_MS) continue;
      await turn();
      turned = performance.now();
    }
    return entries.length;
  }

  private take({ stream: name, offset, body, tooLarge }: Entry, timeline: Timeline): void {
    const stream = this.streams.get(name);
    if (!stream) return;
    stream.read = offset;
    try {
      if (tooLarge !== undefined) throw new WireError('too-large', `it has ${tooLarge} bytes`);
      const batch = openBatch(body, (sensor) => this.options.keys.get(sensor));
      const isOwn = batch.sensor === stream.sensor && batch.shard === stream.shard;
      if (!isOwn || batch.shards !== this.options.shards) {
        throw new WireError('other-stream', 'it belongs into another stream');
      }
      timeline.take(batch, offset);
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      this.refused.set(error.fault, (this.refused.get(error.fault) ?? 0) + 1);
    }
  }

  /** Where to read on after a state saved now is restored. */
  offsets(timeline: Timeline): Map<string, Offset> {
    const offsets = new Map<string, Offset>();
    for (const [name, stream] of this.streams) {
      stream.settled = timeline.offset(stream.sensor, stream.shard) ?? stream.settled;
      if (stream.settled !== BEGINNING) offsets.set(name, stream.settled);
    }
    return offsets;
  }
}

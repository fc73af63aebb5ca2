/**
 * One stretch of time after the other, as all sensors saw it: a cell of the packets' clock is told when every sensor that is waited for
 * has sent what it saw of it. What is told depends on what the sensors sent, not on when it came; only to go on without a sensor
 * that is away is decided by the clock on the wall.
 */
import type { Observations } from '../../../detect/types.ts';
import type { HostTable } from '../../../meter/hosts.ts';
import { Joined } from '../../pipeline/joined.ts';
import type { Offset, SliceBatch } from '../types.ts';
import type { SavedOpeners } from './openers.ts';
import { Combiner, type Combined, type Sighting, type Source } from './combine.ts';
import { SensorMerge, type SavedSensor, type SensorCounts } from './sensor.ts';

export interface TimelineOptions {
  /** Names of the sensors that are waited for, in the order in which they count at the same moment. */
  sensors: readonly string[];
  shards: number;
  /** Milliseconds after which a sensor that sends nothing is waited for no more. */
  patienceMs: number;
  /** Milliseconds of a clock that only goes forward. */
  now: () => number;
}

export interface SavedTimeline {
  /** Cells before it were told. */
  cell: number;
  nextFlow: number;
  owners: Uint16Array;
  openers: SavedOpeners;
  behind: string[];
  sensors: [name: string, saved: SavedSensor][];
  held: Held | undefined;
}

/** What ended by the clock alone, until packets come that it is told with. */
interface Held {
  seen: Observations;
  cards: Sighting[];
}

/** How a sensor stands, for who looks at the fleet. */
export interface SensorStanding extends SensorCounts {
  name: string;
  /** Cell before which everything of it came; null: its run has ended, or none has begun. */
  until: number | null;
  behind: boolean;
  ended: boolean;
  waiting: number;
}

export class Timeline {
  private readonly options: TimelineOptions;
  private readonly sensors: Map<string, SensorMerge>;
  private readonly combiner: Combiner;
  private held: Held | undefined;
  /** The next cell to be told is this one or a later one. */
  private cell = 0;
  /** Times that a sensor was left behind. */
  leftBehind = 0;

  constructor(hosts: HostTable, options: TimelineOptions) {
    this.options = options;
    this.combiner = new Combiner(hosts);
    const now = options.now();
    this.sensors = new Map(options.sensors.map((name) => [name, new SensorMerge(name, options.shards, now)]));
  }

  /** Takes what a sensor sent; of others nothing. */
  take(batch: SliceBatch, offset: Offset): void {
    this.sensors.get(batch.sensor)?.take(batch, offset, this.options.now());
  }

  /** What comes next; undefined while a sensor has to be waited for. */
  next(): Combined | undefined {
    for (;;) {
      const limit = this.watermark();
      const cell = this.nextCell();
      if (cell === Infinity || cell >= limit) return this.rest(limit);
      const sources = this.use(cell);
      if (sources.length === 0) continue;
      this.cell = cell;
      const isTick = ({ slice }: Source): boolean => slice.packets === 0;
      const combined = this.combiner.combine(
        sources.filter(isTick),
        sources.filter((source) => !isTick(source)),
      );
      if (!sources.every((source) => isTick(source) && !source.slice.idle)) return this.tell(combined);
      this.hold(combined);
    }
  }

  private hold({ seen, cards }: Combined): void {
    const joined = this.held ? new Joined().add(this.held.seen) : new Joined();
    this.held = { seen: joined.add(seen).seen, cards: [...(this.held?.cards ?? []), ...cards] };
  }

  private tell(combined: Combined): Combined {
    const { held } = this;
    if (!held) return combined;
    this.held = undefined;
    const { seen, cards, packets } = combined;
    const together = new Joined().add(held.seen).add(seen).seen;
    // One process tells what flows said last when they end after what packets said.
    const messages = [...seen.messages, ...held.seen.messages];
    return { seen: { ...together, messages, now: seen.now }, cards: [...held.cards, ...cards], packets };
  }

  /** When all sensors have ended, what timed out after the last packet is the end of what one process would have seen. */
  private rest(limit: number): Combined | undefined {
    const { held } = this;
    if (limit !== Infinity || !held) return undefined;
    this.held = undefined;
    return { ...held, packets: 0 };
  }

  private nextCell(): number {
    let least = Infinity;
    for (const sensor of this.sensors.values()) least = Math.min(least, sensor.nextCell);
    return least;
  }

  private use(cell: number): Source[] {
    const sources: Source[] = [];
    for (const [place, sensor] of [...this.sensors.values()].entries()) {
      const found = sensor.use(cell);
      if (cell < this.cell) sensor.counts.late += found.length;
      else for (const one of found) sources.push({ ...one, sensor: place });
    }
    return sources;
  }

  /** Everything before this cell is here, of every sensor that is waited for. */
  private watermark(): number {
    const { now, patienceMs } = this.options;
    const time = now();
    let least = Infinity;
    for (const sensor of this.sensors.values()) {
      const { watermark } = sensor;
      if (sensor.isBehind) {
        sensor.isBehind = time - sensor.heard > patienceMs || watermark < this.cell;
        if (sensor.isBehind) continue;
      } else if (watermark !== Infinity && time - sensor.heard > patienceMs) {
        sensor.isBehind = true;
        this.leftBehind++;
        continue;
      }
      least = Math.min(least, watermark);
    }
    return least;
  }

  /** Every sensor's run has ended, and all of it was told. */
  get isDone(): boolean {
    const all = [...this.sensors.values()];
    const isHeard = all.some(({ isKnown }) => isKnown);
    return isHeard && !this.held && all.every((sensor) => sensor.isDone || sensor.isBehind);
  }

  /** Parts of a shard that wait for others: beyond a bound nothing more should be read of its stream. */
  waiting(sensor: string, shard: number): number {
    return this.sensors.get(sensor)?.waitingOf(shard) ?? 0;
  }

  /** Names of the sensors that saw these flows, as far as is known. */
  sensorsOf(flows: Iterable<number>): string[] {
    const found = this.combiner.sensorsOf(flows);
    return this.options.sensors.filter((_, place) => found.has(place));
  }

  standings(): SensorStanding[] {
    return [...this.sensors.values()].map((sensor) => ({
      name: sensor.name,
      ...sensor.counts,
      until: sensor.isKnown && sensor.watermark !== Infinity ? sensor.watermark : null,
      behind: sensor.isBehind,
      ended: sensor.isKnown && sensor.watermark === Infinity,
      waiting: sensor.waiting,
    }));
  }

  /** Where reading of a sensor's shard goes on after `saved` was restored; undefined: where it began. */
  offset(sensor: string, shard: number): Offset | undefined {
    return this.sensors.get(sensor)?.offsets()[shard];
  }

  /** What a timeline elsewhere goes on from, together with the offsets. What waits of the sensors' slices is read again there. */
  get saved(): SavedTimeline {
    const sensors = [...this.sensors].map(([name, sensor]): [string, SavedSensor] => [name, sensor.saved]);
    const behind = [...this.sensors.values()].filter(({ isBehind }) => isBehind).map(({ name }) => name);
    const { nextFlow, owners } = this.combiner;
    const openers = this.combiner.openers.seconds;
    return { cell: this.cell, nextFlow, owners, openers, behind, sensors, held: this.held };
  }

  restore({ cell, nextFlow, owners, openers, behind, sensors, held }: SavedTimeline): void {
    this.cell = cell;
    this.held = held;
    Object.assign(this.combiner, { nextFlow, owners });
    this.combiner.openers.seconds = openers;
    for (const [name, saved] of sensors) {
      const sensor = this.sensors.get(name);
      sensor?.restore(saved);
      if (sensor) sensor.isBehind = behind.includes(name);
    }
  }
}

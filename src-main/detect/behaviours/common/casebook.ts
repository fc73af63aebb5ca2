/** Evidence gathered case by case, with ceilings, and reported once a delivery rather than once a message. */
import type { PacketTime } from '../../types.ts';
import { secondsBetween } from './finding.ts';
import { FlowIds } from './flow-ids.ts';
import { FlowMap } from './flow-map.ts';

/** What every case remembers. */
export class Case {
  first: PacketTime;
  last: PacketTime;
  /** When there was enough evidence; null: not yet. */
  decided: PacketTime | null = null;
  /** Pieces of evidence seen. */
  count = 0;
  readonly flows = new FlowIds();
  /** Free for the behaviour: what was last reported. */
  reported = 0;

  constructor(first: PacketTime) {
    this.first = first;
    this.last = first;
  }

  /** One more piece of evidence. */
  saw(time: PacketTime, flow: number): void {
    this.count++;
    if (secondsBetween(this.last, time) > 0) this.last = time;
    this.flows.add(flow);
  }

  /** Marks the case as decided at its newest packet, once. */
  decide(): void {
    this.decided ??= this.last;
  }

  get seconds(): number {
    return secondsBetween(this.first, this.last);
  }
}

export interface CaseBookOptions {
  /** Cases held at once. */
  ceiling: number;
  /** Seconds after which an untouched case is closed. */
  lifetime?: number;
}

/** Open cases by key. The ids of their flows share a room (`FlowMap`): with the ceiling it bounds what they hold. */
export class CaseBook<C extends Case> {
  private readonly cases: FlowMap<string, C>;
  private readonly changed = new Map<string, C>();

  constructor(options: CaseBookOptions) {
    this.cases = new FlowMap<string, C>(options);
  }

  /** The open case, or a new one. */
  open(key: string, time: PacketTime, make: (time: PacketTime) => C): C {
    return this.cases.obtain(key, time.sec, () => make(time));
  }

  find(key: string): C | undefined {
    return this.cases.peek(key);
  }

  /** The case is to be reported at the next `flush`. */
  change(key: string, found: C): void {
    this.changed.set(key, found);
  }

  /** Hands over every case changed since the last call, in the order of change. */
  flush(report: (found: C, key: string) => void): void {
    if (this.changed.size === 0) return;
    for (const [key, found] of this.changed) report(found, key);
    this.changed.clear();
  }

  *[Symbol.iterator](): IterableIterator<[string, C]> {
    yield* this.cases;
  }
}

/** Whether `capacity` events fell within `seconds`, from a ring of their times. */
export class Burst {
  private readonly times: Float64Array;
  private count = 0;
  private readonly seconds: number;

  constructor(capacity: number, seconds: number) {
    this.times = new Float64Array(capacity);
    this.seconds = seconds;
  }

  /** Adds one at `time` (seconds): true when it is the last of `capacity` within the window. */
  add(time: number): boolean {
    const place = this.count++ % this.times.length;
    this.times[place] = time;
    if (this.count < this.times.length) return false;
    const since = time - this.times[(place + 1) % this.times.length]!;
    return Math.abs(since) <= this.seconds && this.span() <= this.seconds;
  }

  /** Where the capture's clock went back, the last one added is not the latest. */
  private span(): number {
    let [first, last] = [Infinity, -Infinity];
    for (const time of this.times) {
      if (time < first) first = time;
      if (time > last) last = time;
    }
    return last - first;
  }
}

/** Packet time of a message. */
export function at(message: { readonly sec: number; readonly nano: number }): PacketTime {
  return { sec: message.sec, nano: message.nano };
}

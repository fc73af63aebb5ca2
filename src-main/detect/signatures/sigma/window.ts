/** Events counted over a stretch of packet time, by group; bounded, the groups of longest ago are forgotten first. */
import { BoundedMap } from '../../behaviours/common/bounded.ts';
import type { EventEnds, LogEvent } from './event.ts';

/** Events and groups that all windows of a run hold together. */
const EVENTS_MAX = 2_000_000;
const GROUPS_MAX = 10_000;
const GROUPS_MIN = 16;
/** What stands between the parts of a group's key. */
const DIVIDER = '\u0000';

/** How many events of a group, or different values of a field in them, within how long. */
export interface Counting {
  kind: 'events' | 'values';
  least: number;
  /** Infinity: however long it takes. */
  seconds: number;
}

/** That rules told within some time of one another. */
export interface Meeting {
  kind: 'together' | 'in-order';
  /** How many rules. */
  rules: number;
  seconds: number;
}

export type WindowKind = Counting | Meeting;

interface Group {
  /** Takes an event; all of those that make it enough, where it does: then counting begins anew. */
  add(ends: EventEnds, value: string, rule: number): readonly EventEnds[] | null;
}

const secondsFrom = (a: EventEnds, b: EventEnds): number => b.sec - a.sec + (b.nano - a.nano) / 1e9;

class Events implements Group {
  private readonly asked: Counting;
  private seen: EventEnds[] = [];
  private oldest = 0;

  constructor(asked: Counting) {
    this.asked = asked;
  }

  add(ends: EventEnds): readonly EventEnds[] | null {
    const { seen, asked } = this;
    if (seen.length < asked.least) seen.push(ends);
    else {
      seen[this.oldest] = ends;
      this.oldest = (this.oldest + 1) % asked.least;
    }
    if (seen.length < asked.least || secondsFrom(seen[this.oldest]!, ends) > asked.seconds) return null;
    this.seen = [];
    this.oldest = 0;
    return seen;
  }
}

class Different implements Group {
  private readonly asked: Counting;
  /** Latest event of each value, those of longest ago first. */
  private readonly seen = new Map<string, EventEnds>();

  constructor(asked: Counting) {
    this.asked = asked;
  }

  add(ends: EventEnds, value: string): readonly EventEnds[] | null {
    const { seen, asked } = this;
    seen.delete(value);
    seen.set(value, ends);
    for (const [old, at] of seen) {
      if (secondsFrom(at, ends) <= asked.seconds) break;
      seen.delete(old);
    }
    if (seen.size < asked.least) return null;
    const all = [...seen.values()];
    seen.clear();
    return all;
  }
}

class Together implements Group {
  private readonly asked: Meeting;
  private readonly latest = new Map<number, EventEnds>();

  constructor(asked: Meeting) {
    this.asked = asked;
  }

  add(ends: EventEnds, _value: string, rule: number): readonly EventEnds[] | null {
    const { latest, asked } = this;
    latest.set(rule, ends);
    if (latest.size < asked.rules) return null;
    for (const one of latest.values()) if (secondsFrom(one, ends) > asked.seconds) return null;
    const all = [...latest.values()];
    latest.clear();
    return all;
  }
}

class InOrder implements Group {
  private readonly asked: Meeting;
  /** By rule: the chain that ends with it and began latest. */
  private chains: (readonly EventEnds[] | undefined)[] = [];

  constructor(asked: Meeting) {
    this.asked = asked;
  }

  add(ends: EventEnds, _value: string, rule: number): readonly EventEnds[] | null {
    const before = rule === 0 ? [] : this.chains[rule - 1];
    if (!before) return null;
    const [first = ends] = before;
    if (secondsFrom(first, ends) > this.asked.seconds) return null;
    const chain = [...before, ends];
    this.chains[rule] = chain;
    if (chain.length < this.asked.rules) return null;
    this.chains = [];
    return chain;
  }
}

function groupOf(asked: WindowKind): Group {
  switch (asked.kind) {
    case 'events':
      return new Events(asked);
    case 'values':
      return new Different(asked);
    case 'together':
      return new Together(asked);
    case 'in-order':
      return new InOrder(asked);
  }
}

/** The windows of one rule. */
export class Windows {
  private readonly asked: WindowKind;
  private readonly groups: BoundedMap<string, Group>;

  /** `sharers`: how many rules count in this run. */
  constructor(asked: WindowKind, sharers: number) {
    this.asked = asked;
    const each = 'least' in asked ? asked.least : asked.rules;
    const ceiling = Math.min(GROUPS_MAX, Math.max(GROUPS_MIN, Math.floor(EVENTS_MAX / sharers / each)));
    this.groups = new BoundedMap({ ceiling, lifetime: asked.seconds });
  }

  /** The events that make it enough, with this one; null: it is not enough yet. */
  add(group: string, ends: EventEnds, value: string, rule = 0): readonly EventEnds[] | null {
    return this.groups.obtain(group, ends.sec, () => groupOf(this.asked)).add(ends, value, rule);
  }
}

/** What an event is counted under; undefined where a field it goes by is not there. */
export function groupKey(event: LogEvent, by: readonly number[]): string | undefined {
  const parts: string[] = [];
  for (const field of by) {
    if (!event.has(field)) return undefined;
    parts.push(event.lowers(field).join(','));
  }
  return parts.join(DIVIDER);
}

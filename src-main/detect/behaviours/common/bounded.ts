/** Maps that cannot grow without end: least recently used entries go first, and entries expire on packet time. */

import { AgeList, type Aged } from '../../../meter/age-list.ts';

interface Entry<K, V> extends Aged<Entry<K, V>> {
  readonly key: K;
  value: V;
  /** Packet time of the last use, seconds. */
  touched: number;
}

export interface BoundedMapOptions<K, V> {
  /** Most entries held. */
  ceiling: number;
  /** Seconds of packet time after which an unused entry is forgotten (default: never). */
  lifetime?: number;
  /** Told of values that were dropped for room or for age, or replaced (not of `delete`). */
  dropped?: (key: K, value: V) => void;
}

/**
 * A `Map` with a ceiling. Order is least to most recently touched. All operations cost O(1); expiry is amortised over
 * `touch` and `set`. A clock that jumps back never expires anything by itself: ages are compared as non-negative.
 */
export class BoundedMap<K, V> {
  /** How many entries were dropped because the ceiling was reached. */
  overflowed = 0;
  private readonly entries = new Map<K, Entry<K, V>>();
  private readonly ages = new AgeList<Entry<K, V>>();
  private readonly ceiling: number;
  private readonly lifetime: number;
  private readonly dropped: ((key: K, value: V) => void) | undefined;

  constructor(options: BoundedMapOptions<K, V>) {
    this.ceiling = Math.max(1, options.ceiling);
    this.lifetime = options.lifetime ?? Number.POSITIVE_INFINITY;
    this.dropped = options.dropped;
  }

  get size(): number {
    return this.entries.size;
  }

  /** The value, without marking it as used; an expired one is not found. */
  peek(key: K, now?: number): V | undefined {
    const entry = this.entries.get(key);
    if (!entry || (now !== undefined && now - entry.touched > this.lifetime)) return undefined;
    return entry.value;
  }

  /** The value, marked as used at packet time `now` (seconds). */
  touch(key: K, now: number): V | undefined {
    const entry = this.entries.get(key);
    if (!entry) return undefined;
    if (now - entry.touched > this.lifetime) {
      this.drop(entry);
      return undefined;
    }
    // Within the same second order stays as it is: saves the moves of a hot key.
    if (now !== entry.touched) {
      entry.touched = now;
      this.ages.renew(entry);
    }
    return entry.value;
  }

  /** The value, made by `make` when there is none. */
  obtain(key: K, now: number, make: () => V): V {
    const known = this.touch(key, now);
    if (known !== undefined) return known;
    const made = make();
    this.set(key, made, now);
    return made;
  }

  set(key: K, value: V, now: number): void {
    const known = this.entries.get(key);
    if (known) return this.replace(known, value, now);
    this.expire(now);
    if (this.entries.size >= this.ceiling && this.ages.oldest) {
      this.overflowed++;
      this.drop(this.ages.oldest);
    }
    const entry: Entry<K, V> = { key, value, touched: now, older: undefined, younger: undefined };
    this.entries.set(key, entry);
    this.ages.append(entry);
  }

  private replace(entry: Entry<K, V>, value: V, now: number): void {
    const before = entry.value;
    entry.value = value;
    entry.touched = now;
    this.ages.renew(entry);
    if (before !== value) this.dropped?.(entry.key, before);
    this.expire(now);
  }

  delete(key: K): boolean {
    const entry = this.entries.get(key);
    if (!entry) return false;
    this.ages.remove(entry);
    return this.entries.delete(key);
  }

  /** Forgets what was not used for `lifetime` seconds. */
  expire(now: number): void {
    if (this.lifetime === Number.POSITIVE_INFINITY) return;
    const { ages } = this;
    while (ages.oldest && now - ages.oldest.touched > this.lifetime) this.drop(ages.oldest);
  }

  /** Least to most recently used, in the order of when it begins; what is deleted meanwhile is left out. */
  *[Symbol.iterator](): IterableIterator<[K, V]> {
    const all: Entry<K, V>[] = [];
    for (let entry = this.ages.oldest; entry; entry = entry.younger) all.push(entry);
    for (const entry of all) if (this.entries.get(entry.key) === entry) yield [entry.key, entry.value];
  }

  private drop(entry: Entry<K, V>): void {
    this.ages.remove(entry);
    this.entries.delete(entry.key);
    this.dropped?.(entry.key, entry.value);
  }
}

/** A set that stops taking members at its ceiling, but goes on counting what it turned away. */
export class BoundedSet<T> {
  readonly members = new Set<T>();
  /** Additions refused for room; the same member may be counted twice. */
  refused = 0;
  private readonly ceiling: number;

  constructor(ceiling: number) {
    this.ceiling = ceiling;
  }

  /** True when it was not there before and now is. */
  add(member: T): boolean {
    if (this.members.has(member)) return false;
    if (this.members.size >= this.ceiling) {
      this.refused++;
      return false;
    }
    this.members.add(member);
    return true;
  }

  get size(): number {
    return this.members.size;
  }
}

/** Maps that cannot grow without end: least recently used entries go first, and entries expire on packet time. */

interface Entry<K, V> {
  readonly key: K;
  value: V;
  /** Packet time of the last use, seconds. */
  touched: number;
  older: Entry<K, V> | undefined;
  younger: Entry<K, V> | undefined;
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
 *
 * Entries are linked by age. A `Map` alone would do, but finding its oldest entry takes an iterator: a new one passes
 * over the holes of all that was deleted, and one that is kept keeps every table the map has outgrown since (memory
 * without end, where entries are touched and none has to go).
 */
export class BoundedMap<K, V> {
  /** How many entries were dropped because the ceiling was reached. */
  overflowed = 0;
  private readonly entries = new Map<K, Entry<K, V>>();
  private oldest: Entry<K, V> | undefined;
  private youngest: Entry<K, V> | undefined;
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
      if (entry !== this.youngest) {
        this.unlink(entry);
        this.link(entry);
      }
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
    if (this.entries.size >= this.ceiling && this.oldest) {
      this.overflowed++;
      this.drop(this.oldest);
    }
    const entry: Entry<K, V> = { key, value, touched: now, older: undefined, younger: undefined };
    this.entries.set(key, entry);
    this.link(entry);
  }

  private replace(entry: Entry<K, V>, value: V, now: number): void {
    const before = entry.value;
    entry.value = value;
    entry.touched = now;
    if (entry !== this.youngest) {
      this.unlink(entry);
      this.link(entry);
    }
    if (before !== value) this.dropped?.(entry.key, before);
    this.expire(now);
  }

  delete(key: K): boolean {
    const entry = this.entries.get(key);
    if (!entry) return false;
    this.unlink(entry);
    return this.entries.delete(key);
  }

  /** Forgets what was not used for `lifetime` seconds. */
  expire(now: number): void {
    if (this.lifetime === Number.POSITIVE_INFINITY) return;
    while (this.oldest && now - this.oldest.touched > this.lifetime) this.drop(this.oldest);
  }

  /** Least to most recently used, in the order of when it begins; what is deleted meanwhile is left out. */
  *[Symbol.iterator](): IterableIterator<[K, V]> {
    const all: Entry<K, V>[] = [];
    for (let entry = this.oldest; entry; entry = entry.younger) all.push(entry);
    for (const entry of all) if (this.entries.get(entry.key) === entry) yield [entry.key, entry.value];
  }

  private link(entry: Entry<K, V>): void {
    entry.older = this.youngest;
    if (this.youngest) this.youngest.younger = entry;
    else this.oldest = entry;
    this.youngest = entry;
  }

  private unlink(entry: Entry<K, V>): void {
    const { older, younger } = entry;
    if (older) older.younger = younger;
    else this.oldest = younger;
    if (younger) younger.older = older;
    else this.youngest = older;
    entry.older = entry.younger = undefined;
  }

  private drop(entry: Entry<K, V>): void {
    this.unlink(entry);
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

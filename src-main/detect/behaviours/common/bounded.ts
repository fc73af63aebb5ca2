/** Maps that cannot grow without end: least recently used entries go first, and entries expire on packet time. */

interface Entry<V> {
  value: V;
  /** Packet time of the last use, seconds. */
  touched: number;
}

export interface BoundedMapOptions<K, V> {
  /** Most entries held. */
  ceiling: number;
  /** Seconds of packet time after which an unused entry is forgotten (default: never). */
  lifetime?: number;
  /** Told of entries that were dropped for room or for age (not of `delete`). */
  dropped?: (key: K, value: V) => void;
}

/**
 * A `Map` with a ceiling. Order is least to most recently touched. All operations cost O(1); expiry is amortised over
 * `touch` and `set`. A clock that jumps back never expires anything by itself: ages are compared as non-negative.
 */
export class BoundedMap<K, V> {
  /** How many entries were dropped because the ceiling was reached. */
  overflowed = 0;
  private readonly entries = new Map<K, Entry<V>>();
  private readonly ceiling: number;
  private readonly lifetime: number;
  private readonly dropped: ((key: K, value: V) => void) | undefined;
  /**
   * Stands behind the oldest entry, `head`. It is kept, for a `Map` leaves holes where entries were deleted, and a new
   * iterator passes over all of them: with a full map under churn that costs thousands of steps an entry.
   */
  private walk: IterableIterator<[K, Entry<V>]> | undefined;
  private head: [K, Entry<V>] | undefined;

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
      this.entries.delete(key);
      this.dropped?.(key, entry.value);
      return undefined;
    }
    // Only entries far from the young end need moving: saves two map operations on every hit of a hot key.
    if (now !== entry.touched) {
      if (this.head?.[1] === entry) this.head = undefined;
      this.entries.delete(key);
      entry.touched = now;
      this.entries.set(key, entry);
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
    this.entries.delete(key);
    this.expire(now);
    if (this.entries.size >= this.ceiling) {
      this.overflowed++;
      this.dropOldest();
    }
    this.entries.set(key, { value, touched: now });
  }

  delete(key: K): boolean {
    return this.entries.delete(key);
  }

  /** Forgets what was not used for `lifetime` seconds. */
  expire(now: number): void {
    if (this.lifetime === Number.POSITIVE_INFINITY) return;
    for (;;) {
      const oldest = this.oldest();
      if (!oldest || now - oldest[1].touched <= this.lifetime) return;
      this.entries.delete(oldest[0]);
      this.dropped?.(oldest[0], oldest[1].value);
    }
  }

  /** Least to most recently used. */
  *[Symbol.iterator](): IterableIterator<[K, V]> {
    for (const [key, entry] of this.entries) yield [key, entry.value];
  }

  /** The least recently used entry. All entries before the walk's position are gone or were moved behind it. */
  private oldest(): [K, Entry<V>] | undefined {
    if (this.head && this.entries.get(this.head[0]) === this.head[1]) return this.head;
    for (let round = 0; round < 2; round++) {
      this.walk ??= this.entries.entries();
      const next = this.walk.next();
      if (!next.done) {
        this.head = next.value;
        return this.head;
      }
      this.walk = undefined;
    }
    this.head = undefined;
    return undefined;
  }

  private dropOldest(): void {
    const oldest = this.oldest();
    if (!oldest) return;
    this.entries.delete(oldest[0]);
    this.dropped?.(oldest[0], oldest[1].value);
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

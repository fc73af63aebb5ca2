/** Counting different things in little memory. */

const EMPTY = 0xffffffff;
/** Registers of the estimator: 2^10 six-bit registers give a standard error of 1.04 / √1024 = 3.3 %. */
const REGISTER_BITS = 10;
const REGISTERS = 1 << REGISTER_BITS;
/** Bias constant of HyperLogLog for 128 registers and more (Flajolet et al. 2007). */
const ALPHA = 0.7213 / (1 + 1.079 / REGISTERS);

/** MurmurHash3's 32-bit finaliser: every input bit moves every output bit. */
export function mix32(value: number): number {
  let h = value | 0;
  h ^= h >>> 16;
  h = Math.imul(h, 0x85ebca6b);
  h ^= h >>> 13;
  h = Math.imul(h, 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/** One 32-bit hash of two. */
export function mixPair(a: number, b: number): number {
  return mix32(Math.imul(a, 0x9e3779b1) ^ mix32(b));
}

/** FNV-1a over the UTF-16 units of a text, for counting different names. */
export function hashText(text: string): number {
  let h = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  return mix32(h);
}

/**
 * Counts different 32-bit values: exactly up to `exact` (default 256), then by HyperLogLog with linear counting for
 * small cardinalities (3.3 % standard error). Memory: 4 bytes × 2 × members while exact, 1 KiB after.
 */
export class DistinctCounter {
  private table: Uint32Array | null;
  private registers: Uint8Array | null = null;
  private members = 0;
  private hasEmptyValue = false;
  private readonly exact: number;
  private cached = -1;

  constructor(exact = 256) {
    this.exact = exact;
    this.table = new Uint32Array(16).fill(EMPTY);
  }

  /** True when the value is certainly new (exact phase), or when it moved the estimate. */
  add(value: number): boolean {
    const v = value >>> 0;
    if (!this.table) return this.estimateAdd(v);
    if (v === EMPTY) {
      const fresh = !this.hasEmptyValue;
      this.hasEmptyValue = true;
      return fresh;
    }
    const mask = this.table.length - 1;
    let slot = mix32(v) & mask;
    for (;;) {
      const found = this.table[slot]!;
      if (found === v) return false;
      if (found === EMPTY) break;
      slot = (slot + 1) & mask;
    }
    this.table[slot] = v;
    this.members++;
    if (this.members > this.exact) this.degrade();
    else if (this.members * 2 > mask) this.grow();
    return true;
  }

  get isExact(): boolean {
    return this.table !== null;
  }

  get count(): number {
    if (this.table) return this.members + (this.hasEmptyValue ? 1 : 0);
    if (this.cached < 0) this.cached = this.estimate();
    return this.cached;
  }

  private grow(): void {
    const old = this.table!;
    const table = new Uint32Array(old.length * 2).fill(EMPTY);
    const mask = table.length - 1;
    for (const v of old) {
      if (v === EMPTY) continue;
      let slot = mix32(v) & mask;
      while (table[slot] !== EMPTY) slot = (slot + 1) & mask;
      table[slot] = v;
    }
    this.table = table;
  }

  private degrade(): void {
    const old = this.table!;
    this.table = null;
    this.registers = new Uint8Array(REGISTERS);
    for (const v of old) if (v !== EMPTY) this.estimateAdd(v);
    if (this.hasEmptyValue) this.estimateAdd(EMPTY);
  }

  private estimateAdd(v: number): boolean {
    const h = mix32(v ^ 0x5bd1e995);
    const register = h >>> (32 - REGISTER_BITS);
    const rank = Math.min(Math.clz32(h << REGISTER_BITS) + 1, 32 - REGISTER_BITS + 1);
    if (this.registers![register]! >= rank) return false;
    this.registers![register] = rank;
    this.cached = -1;
    return true;
  }

  private estimate(): number {
    let sum = 0;
    let zeros = 0;
    for (const rank of this.registers!) {
      sum += 2 ** -rank;
      if (rank === 0) zeros++;
    }
    const raw = (ALPHA * REGISTERS * REGISTERS) / sum;
    if (raw <= 2.5 * REGISTERS && zeros > 0) return Math.round(REGISTERS * Math.log(REGISTERS / zeros));
    // The 32-bit correction of the paper matters above 2^32 / 30 only; counts here stay below.
    return Math.round(raw);
  }
}

/**
 * The most frequent values of a stream with a fixed number of counters (Space-Saving, Metwally et al. 2005): a value's
 * count is never under-estimated, and over-estimated by at most the least counter.
 */
export class TopCounter {
  private readonly values: Float64Array;
  private readonly counts: Float64Array;
  private used = 0;
  total = 0;

  constructor(capacity = 64) {
    this.values = new Float64Array(capacity);
    this.counts = new Float64Array(capacity);
  }

  /** One pass over the counters: they are few, and a pass over an array is faster than a map with deletions. */
  add(value: number, weight = 1): void {
    this.total += weight;
    const { values, counts, used } = this;
    let least = 0;
    for (let i = 0; i < used; i++) {
      if (values[i] === value) {
        counts[i] = counts[i]! + weight;
        return;
      }
      if (counts[i]! < counts[least]!) least = i;
    }
    if (used < values.length) {
      values[used] = value;
      counts[used] = weight;
      this.used++;
    } else {
      values[least] = value;
      counts[least] = counts[least]! + weight;
    }
  }

  get size(): number {
    return this.used;
  }

  /** Count of one value, as far as it is among the counters. */
  countOf(value: number): number {
    const at = this.values.subarray(0, this.used).indexOf(value);
    return at < 0 ? 0 : this.counts[at]!;
  }

  /** Values with their counts, most frequent first; ties by value, so that the order is always the same. */
  top(limit: number): [number, number][] {
    const list: [number, number][] = [];
    for (let i = 0; i < this.used; i++) list.push([this.values[i]!, this.counts[i]!]);
    return list.sort((a, b) => b[1] - a[1] || a[0] - b[0]).slice(0, limit);
  }
}

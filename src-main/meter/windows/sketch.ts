/** Distinct counts in fixed memory, many of them side by side in one array. */

const REGISTER_BITS = 8;
const REGISTERS = 1 << REGISTER_BITS;
/** HyperLogLog's bias constant for 128 registers and more (Flajolet et al. 2007). */
const ALPHA = 0.7213 / (1 + 1.079 / REGISTERS);
const MAX_RANK = 32 - REGISTER_BITS + 1;

/** MurmurHash3's 32-bit finaliser. */
export function mix(value: number): number {
  let h = value | 0;
  h ^= h >>> 16;
  h = Math.imul(h, 0x85ebca6b);
  h ^= h >>> 13;
  h = Math.imul(h, 0xc2b2ae35);
  return h ^ (h >>> 16);
}

/** Powers 2^-rank, so that estimating needs no `**`. */
const WEIGHT = Float64Array.from({ length: MAX_RANK + 1 }, (_, rank) => 2 ** -rank);

/**
 * A pool of HyperLogLog counters of 256 one-byte registers (standard error 1.04 / √256 = 6.5 %; below 640 linear
 * counting over the empty registers: about 3 % at 64). A counter is an index; `take` gives one that is all zero.
 */
export class SketchPool {
  private registers = new Uint8Array(64 * REGISTERS);
  private used = 0;
  private readonly ceiling: number;

  constructor(ceiling: number) {
    this.ceiling = ceiling;
  }

  /** Index of `count` fresh counters in a row, or -1 when the pool is used up. */
  take(count: number): number {
    if (this.used + count > this.ceiling) return -1;
    const first = this.used;
    this.used += count;
    if (this.used * REGISTERS > this.registers.length) {
      const grown = new Uint8Array(Math.max(this.registers.length * 2, this.used * REGISTERS));
      grown.set(this.registers);
      this.registers = grown;
    }
    return first;
  }

  /** Gives all counters back. */
  clear(): void {
    this.registers.fill(0, 0, this.used * REGISTERS);
    this.used = 0;
  }

  /** Adds a value by its hash: 32 well mixed bits. */
  add(counter: number, hash: number): void {
    const at = counter * REGISTERS + (hash >>> (32 - REGISTER_BITS));
    const rank = Math.min(Math.clz32(hash << REGISTER_BITS) + 1, MAX_RANK);
    if (this.registers[at]! < rank) this.registers[at] = rank;
  }

  estimate(counter: number): number {
    let sum = 0;
    let zeros = 0;
    const from = counter * REGISTERS;
    for (let i = from; i < from + REGISTERS; i++) {
      const rank = this.registers[i]!;
      sum += WEIGHT[rank]!;
      if (rank === 0) zeros++;
    }
    const raw = (ALPHA * REGISTERS * REGISTERS) / sum;
    if (raw <= 2.5 * REGISTERS && zeros > 0) return Math.round(REGISTERS * Math.log(REGISTERS / zeros));
    return Math.round(raw);
  }
}

/**
 * Which unordered pairs of hosts were seen before: a Bloom filter of 2^25 bits and two hashes (4 MiB). After a million
 * pairs 0.4 % of new ones are taken for known; it never forgets.
 */
export class PairMemory {
  private bits: Uint32Array | null = null;

  /** True when the pair was not seen before. */
  add(a: number, b: number): boolean {
    this.bits ??= new Uint32Array(1 << 20);
    const low = a < b ? a : b;
    const high = a < b ? b : a;
    const h = mix(Math.imul(low, 0x9e3779b1) ^ mix(high));
    const g = mix(h ^ 0x27d4eb2f);
    const i = h >>> 7;
    const j = g >>> 7;
    const known = (this.bits[i >>> 5]! >>> (i & 31)) & (this.bits[j >>> 5]! >>> (j & 31)) & 1;
    if (known) return false;
    this.bits[i >>> 5] = this.bits[i >>> 5]! | (1 << (i & 31));
    this.bits[j >>> 5] = this.bits[j >>> 5]! | (1 << (j & 31));
    return true;
  }
}

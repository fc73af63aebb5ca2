/**
 * Which of many patterns may stand in a buffer: one pass over its bytes, whatever their number. Each pattern is known by
 * four of its bytes (two or one where it is shorter), chosen to be shared with few others; places where those stand are
 * compared with the whole pattern. Case does not count here.
 *
 * What it costs is measured by `test/bench/rules.ts`: about a nanosecond a byte where nothing is found.
 */
import { LOWER } from '../content/pattern.ts';

const FACTOR = 0x9e3779b1;
const HEADS_BITS = 16;
/** Places a single buffer may be compared at, by pattern set: hostile bytes repeat what is looked for. */
const COMPARED = 1 << 20;

interface Pattern {
  bytes: Uint8Array;
  owner: number;
}

export class PatternSet {
  private readonly patterns: Pattern[] = [];
  private filter = new Uint32Array(0);
  private shift = 0;
  private readonly heads = new Int32Array(1 << HEADS_BITS).fill(-1);
  private readonly pairs = new Int32Array(1 << 16).fill(-1);
  private readonly singles = new Int32Array(256).fill(-1);
  private hasFours = false;
  private hasPairs = false;
  private hasSingles = false;
  private next = new Int32Array(0);
  private grams = new Uint32Array(0);
  private offsets = new Uint16Array(0);
  private owners = new Uint32Array(0);
  private stamps = new Uint32Array(0);
  private stamp = 0;

  get size(): number {
    return this.patterns.length;
  }

  add(bytes: Uint8Array, owner: number): void {
    this.patterns.push({ bytes: bytes.map((c) => LOWER[c]!), owner });
  }

  /** All were added. `owners`: all owners are below it. */
  build(owners: number): void {
    const { patterns } = this;
    const bits = Math.min(22, Math.max(14, 32 - Math.clz32(patterns.length * 32)));
    this.filter = new Uint32Array(1 << (bits - 5));
    this.shift = 32 - bits;
    this.next = new Int32Array(patterns.length);
    this.grams = new Uint32Array(patterns.length);
    this.offsets = new Uint16Array(patterns.length);
    this.owners = Uint32Array.from(patterns, ({ owner }) => owner);
    this.stamps = new Uint32Array(owners);
    const used = new Map<number, number>();
    for (const [i, { bytes }] of patterns.entries()) this.place(i, bytes, used);
  }

  private place(i: number, bytes: Uint8Array, used: Map<number, number>): void {
    if (bytes.length >= 4) {
      this.hasFours = true;
      const { at, gram } = rarest(bytes, used);
      used.set(gram, (used.get(gram) ?? 0) + 1);
      const hash = Math.imul(gram, FACTOR) >>> 0;
      const bit = hash >>> this.shift;
      this.filter[bit >>> 5]! |= 1 << (bit & 31);
      this.grams[i] = gram;
      this.offsets[i] = at;
      this.next[i] = this.heads[hash >>> (32 - HEADS_BITS)]!;
      this.heads[hash >>> (32 - HEADS_BITS)] = i;
    } else if (bytes.length >= 2) {
      this.hasPairs = true;
      const pair = bytes[0]! | (bytes[1]! << 8);
      this.next[i] = this.pairs[pair]!;
      this.pairs[pair] = i;
    } else {
      this.hasSingles = true;
      this.next[i] = this.singles[bytes[0]!]!;
      this.singles[bytes[0]!] = i;
    }
  }

  /** Puts the owners of what stands in `buffer` into `found`, each once, from `count` on. Gives the new count. */
  scan(buffer: Uint8Array, found: Int32Array, count: number): number {
    if (this.patterns.length === 0 || buffer.length === 0) return count;
    let n = count;
    if (this.hasFours) n = this.scanFours(buffer, found, n);
    if (this.hasPairs || this.hasSingles) n = this.scanShort(buffer, found, n);
    return n;
  }

  /** Buffers of one look: an owner is found once in all of them. */
  begin(): void {
    if (++this.stamp === 0xffffffff) {
      this.stamps.fill(0);
      this.stamp = 1;
    }
  }

  private scanFours(buffer: Uint8Array, found: Int32Array, count: number): number {
    const { filter, shift, heads, grams, next } = this;
    let n = count;
    let gram = 0;
    let compared = 0;
    for (let i = 0; i < buffer.length; i++) {
      gram = (gram >>> 8) | (LOWER[buffer[i]!]! << 24);
      const hash = Math.imul(gram, FACTOR) >>> 0;
      const bit = hash >>> shift;
      if ((filter[bit >>> 5]! & (1 << (bit & 31))) === 0) continue;
      const wanted = gram >>> 0;
      for (let e = heads[hash >>> (32 - HEADS_BITS)]!; e >= 0; e = next[e]!) {
        if (grams[e] !== wanted || this.isFound(e)) continue;
        const at = i - 3 - this.offsets[e]!;
        if (++compared > COMPARED) return n;
        if (this.stands(buffer, at, e)) found[n++] = this.mark(e);
      }
    }
    return n;
  }

  private scanShort(buffer: Uint8Array, found: Int32Array, count: number): number {
    const { pairs, singles, next } = this;
    let n = count;
    for (let i = 0; i < buffer.length; i++) {
      const c = LOWER[buffer[i]!]!;
      for (let e = singles[c]!; e >= 0; e = next[e]!) if (!this.isFound(e)) found[n++] = this.mark(e);
      if (i + 1 >= buffer.length) continue;
      for (let e = pairs[c | (LOWER[buffer[i + 1]!]! << 8)]!; e >= 0; e = next[e]!)
        if (!this.isFound(e) && this.stands(buffer, i, e)) found[n++] = this.mark(e);
    }
    return n;
  }

  private isFound(e: number): boolean {
    return this.stamps[this.owners[e]!] === this.stamp;
  }

  private mark(e: number): number {
    const owner = this.owners[e]!;
    this.stamps[owner] = this.stamp;
    return owner;
  }

  private stands(buffer: Uint8Array, at: number, e: number): boolean {
    const { bytes } = this.patterns[e]!;
    if (at < 0 || at + bytes.length > buffer.length) return false;
    for (let i = 0; i < bytes.length; i++) if (LOWER[buffer[at + i]!] !== bytes[i]) return false;
    return true;
  }
}

/** How many further windows of a pattern are tried for a rarer one. */
const WINDOWS = 64;

/** The four bytes of the pattern that fewest others are known by; zeros and spaces alone are common everywhere. */
function rarest(bytes: Uint8Array, used: ReadonlyMap<number, number>): { at: number; gram: number } {
  let best = { at: 0, gram: 0, cost: Infinity };
  for (let at = 0; at + 4 <= bytes.length && at < WINDOWS; at++) {
    const [a, b, c, d] = [bytes[at]!, bytes[at + 1]!, bytes[at + 2]!, bytes[at + 3]!];
    const gram = (a | (b << 8) | (c << 16) | (d << 24)) >>> 0;
    const same = Number(a === b) + Number(b === c) + Number(c === d);
    const cost = (used.get(gram) ?? 0) * 4 + same * 8 + (COMMON.has(gram) ? 64 : 0);
    if (cost < best.cost) best = { at, gram, cost };
  }
  return best;
}

/** Four bytes that nearly every web request or answer has. */
const COMMON: ReadonlySet<number> = new Set(
  [
    'http',
    'ttp/',
    'tp/1',
    'p/1.',
    '/1.1',
    'get ',
    'post',
    '.com',
    'www.',
    '.htm',
    'html',
    '.php',
    'cont',
    'ent-',
    ': */',
  ].map((word) => Buffer.from(word).readUInt32LE(0)),
);

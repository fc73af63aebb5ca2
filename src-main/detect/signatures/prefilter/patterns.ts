/**
 * Which of many patterns may stand in a buffer: one pass over its bytes for each length class, whatever the number of
 * patterns. Patterns of seven bytes and more are looked for at every fourth place, of five and six at every second, of
 * four at every one; shorter ones by two bytes or one. Few patterns of which some are that short are looked for by two bytes each, in
 * one pass. Case does not count here.
 *
 * What it costs is measured by `test/bench/rules.ts`.
 */
import { LOWER, lowered } from '../content/pattern.ts';
import { GramTable } from './grams.ts';
import { FEW_PATTERNS, PairTable } from './pairs.ts';

/** Places a single buffer may be compared at, by pattern set: hostile bytes repeat what is looked for. */
const COMPARED = 1 << 20;

/** Patterns of fewer bytes have every place looked at. */
const SHORT = 5;
const EVERYWHERE = 0x7fff_ffff;

/** Until all were added. */
interface Pattern {
  bytes: Uint8Array;
  owner: number;
  reach: number;
}

export class PatternSet {
  private patterns: Pattern[] = [];
  /** All patterns one behind the other, where each begins (and the last ends), and their owners. */
  private bytes = new Uint8Array(0);
  private begins = new Uint32Array(1);
  private owners = new Uint32Array(0);
  private readonly tables = [new GramTable(4), new GramTable(2), new GramTable(1)] as const;
  /** Where there are few. */
  private few: PairTable | undefined;
  /** First pattern of two or three bytes by their pair, and of one; empty where there is none. */
  private pairs = new Int32Array(0);
  /** A bit for each pair that there is: small enough to stay at hand, which the table itself is not. */
  private pairBits = new Uint32Array(0);
  private singles = new Int32Array(0);
  private next = new Int32Array(0);
  /** By table: patterns of it end before this place. */
  private readonly reaches = [0, 0, 0];
  /** Of pairs and single bytes. */
  private shortReach = 0;
  /** Of patterns, where there are few. */
  private ends = new Int32Array(0);
  private fewReach = 0;
  private stamps = new Uint32Array(0);
  private stamp = 0;
  private buffer: Uint8Array = new Uint8Array(0);
  private from = 0;
  private end = 0;
  private found = new Int32Array(0);
  private count = 0;
  private compared = 0;

  get size(): number {
    return this.patterns.length + this.owners.length;
  }

  /** Each owner once. `reach`: it ends before this place of a buffer. */
  add(bytes: Uint8Array, owner: number, reach = Infinity): void {
    this.patterns.push({ bytes: lowered(bytes), owner, reach });
  }

  /** All were added; nothing is added later. */
  build(): void {
    const { patterns } = this;
    this.next = new Int32Array(patterns.length);
    this.stamps = new Uint32Array(patterns.length);
    this.owners = Uint32Array.from(patterns, ({ owner }) => owner);
    this.begins = new Uint32Array(patterns.length + 1);
    this.bytes = new Uint8Array(patterns.reduce((all, { bytes }) => all + bytes.length, 0));
    if (patterns.length <= FEW_PATTERNS && patterns.some(({ bytes }) => bytes.length < SHORT)) {
      this.few = new PairTable();
      this.ends = Int32Array.from(patterns, ({ reach }) => Math.min(reach, EVERYWHERE));
      this.fewReach = Math.max(...this.ends);
    }
    for (const [i, pattern] of patterns.entries()) {
      this.bytes.set(pattern.bytes, this.begins[i]);
      this.begins[i + 1] = this.begins[i]! + pattern.bytes.length;
      this.place(i, pattern);
    }
    for (const table of this.tables) table.build();
    this.patterns = [];
  }

  private place(i: number, { bytes, reach }: Pattern): void {
    if (this.few && bytes.length >= 2) {
      this.few.add(bytes, i);
      return;
    }
    const table = bytes.length >= 7 ? 0 : bytes.length >= SHORT ? 1 : 2;
    if (bytes.length >= 4) {
      this.tables[table].add(bytes, i);
      this.reaches[table] = Math.max(this.reaches[table]!, reach);
      return;
    }
    this.shortReach = Math.max(this.shortReach, reach);
    if (bytes.length >= 2) {
      if (this.pairs.length === 0) {
        this.pairs = new Int32Array(1 << 16).fill(-1);
        this.pairBits = new Uint32Array(1 << 11);
      }
      const pair = bytes[0]! | (bytes[1]! << 8);
      this.pairBits[pair >>> 5]! |= 1 << (pair & 31);
      this.next[i] = this.pairs[pair]!;
      this.pairs[pair] = i;
    } else {
      if (this.singles.length === 0) this.singles = new Int32Array(256).fill(-1);
      this.next[i] = this.singles[bytes[0]!]!;
      this.singles[bytes[0]!] = i;
    }
  }

  /**
   * Puts the owners of what stands in [from, end) of `buffer` into `found`, each once, from `count` on. Gives the new
   * count.
   */
  scan(buffer: Uint8Array, from: number, end: number, found: Int32Array<ArrayBuffer>, count: number): number {
    if (this.owners.length === 0 || end <= from) return count;
    this.buffer = buffer;
    this.from = from;
    this.end = end;
    this.found = found;
    this.count = count;
    this.compared = 0;
    if (this.few && !this.few.isEmpty) this.few.scan(buffer, from, Math.min(end, from + this.fewReach), this.compare);
    else
      for (let i = 0; i < 3; i++) {
        const table = this.tables[i]!;
        if (!table.isEmpty) table.scan(buffer, from, Math.min(end, from + this.reaches[i]!), this.compare);
      }
    const short = Math.min(end, from + this.shortReach);
    if (this.pairs.length > 0) this.scanPairs(buffer, from, short);
    if (this.singles.length > 0) this.scanSingles(buffer, from, short);
    return this.count;
  }

  /** Buffers of one look: an owner is found once in all of them. */
  begin(): void {
    if (++this.stamp === 0xffffffff) {
      this.stamps.fill(0);
      this.stamp = 1;
    }
  }

  /** False: enough was compared. */
  private readonly compare = (e: number, at: number): boolean => {
    if (this.stamps[e] === this.stamp) return true;
    if (++this.compared > COMPARED) return false;
    if (this.stands(at, e)) this.mark(e);
    return true;
  };

  private scanPairs(buffer: Uint8Array, from: number, end: number): void {
    const { pairs, pairBits, next } = this;
    let before = LOWER[buffer[from]!]!;
    for (let i = from + 1; i < end; i++) {
      const c = LOWER[buffer[i]!]!;
      const pair = before | (c << 8);
      before = c;
      if ((pairBits[pair >>> 5]! & (1 << (pair & 31))) === 0) continue;
      for (let e = pairs[pair]!; e >= 0; e = next[e]!) if (!this.compare(e, i - 1)) return;
    }
  }

  private scanSingles(buffer: Uint8Array, from: number, end: number): void {
    const { singles, next } = this;
    for (let i = from; i < end; i++)
      for (let e = singles[LOWER[buffer[i]!]!]!; e >= 0; e = next[e]!) if (!this.compare(e, i)) return;
  }

  private mark(e: number): void {
    this.stamps[e] = this.stamp;
    this.found[this.count++] = this.owners[e]!;
  }

  private stands(at: number, e: number): boolean {
    const { buffer, bytes, begins } = this;
    const begin = begins[e]!;
    const length = begins[e + 1]! - begin;
    if (at < this.from || at + length > this.end) return false;
    if (this.few && at - this.from + length > this.ends[e]!) return false;
    for (let i = 0; i < length; i++) if (LOWER[buffer[at + i]!] !== bytes[begin + i]) return false;
    return true;
  }
}

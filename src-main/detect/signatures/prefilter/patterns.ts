/**
 * Which of many patterns may stand in a buffer: one pass over its bytes for each length class, whatever the number of
 * patterns. Patterns of seven bytes and more are looked for at every fourth place, of five and six at every second, of
 * four at every one; shorter ones by two bytes or one. Case does not count here.
 *
 * What it costs is measured by `test/bench/rules.ts`.
 */
import { LOWER, lowered } from '../content/pattern.ts';
import { GramTable } from './grams.ts';

/** Places a single buffer may be compared at, by pattern set: hostile bytes repeat what is looked for. */
const COMPARED = 1 << 20;

interface Pattern {
  bytes: Uint8Array;
  owner: number;
}

export class PatternSet {
  private readonly patterns: Pattern[] = [];
  private readonly tables = [new GramTable(4), new GramTable(2), new GramTable(1)] as const;
  /** First pattern of two or three bytes by their pair, and of one; empty where there is none. */
  private pairs = new Int32Array(0);
  private singles = new Int32Array(0);
  private next = new Int32Array(0);
  private owners = new Uint32Array(0);
  private stamps = new Uint32Array(0);
  private stamp = 0;
  private buffer: Uint8Array = new Uint8Array(0);
  private found = new Int32Array(0);
  private count = 0;
  private compared = 0;

  get size(): number {
    return this.patterns.length;
  }

  add(bytes: Uint8Array, owner: number): void {
    this.patterns.push({ bytes: lowered(bytes), owner });
  }

  /** All were added. `owners`: all owners are below it. */
  build(owners: number): void {
    const { patterns } = this;
    this.next = new Int32Array(patterns.length);
    this.owners = Uint32Array.from(patterns, ({ owner }) => owner);
    this.stamps = new Uint32Array(owners);
    for (const [i, { bytes }] of patterns.entries()) this.place(i, bytes);
    for (const table of this.tables) table.build();
  }

  private place(i: number, bytes: Uint8Array): void {
    const [every4, every2, every] = this.tables;
    if (bytes.length >= 7) every4.add(bytes, i);
    else if (bytes.length >= 5) every2.add(bytes, i);
    else if (bytes.length === 4) every.add(bytes, i);
    else if (bytes.length >= 2) {
      if (this.pairs.length === 0) this.pairs = new Int32Array(1 << 16).fill(-1);
      const pair = bytes[0]! | (bytes[1]! << 8);
      this.next[i] = this.pairs[pair]!;
      this.pairs[pair] = i;
    } else {
      if (this.singles.length === 0) this.singles = new Int32Array(256).fill(-1);
      this.next[i] = this.singles[bytes[0]!]!;
      this.singles[bytes[0]!] = i;
    }
  }

  /** Puts the owners of what stands in `buffer` into `found`, each once, from `count` on. Gives the new count. */
  scan(buffer: Uint8Array, found: Int32Array<ArrayBuffer>, count: number): number {
    if (this.patterns.length === 0 || buffer.length === 0) return count;
    this.buffer = buffer;
    this.found = found;
    this.count = count;
    this.compared = 0;
    for (const table of this.tables) if (!table.isEmpty) table.scan(buffer, this.compare);
    if (this.pairs.length > 0) this.scanPairs(buffer);
    if (this.singles.length > 0) this.scanSingles(buffer);
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
    if (this.isFound(e)) return true;
    if (++this.compared > COMPARED) return false;
    if (this.stands(at, e)) this.mark(e);
    return true;
  };

  private scanPairs(buffer: Uint8Array): void {
    const { pairs, next } = this;
    let before = LOWER[buffer[0]!]!;
    for (let i = 1; i < buffer.length; i++) {
      const c = LOWER[buffer[i]!]!;
      for (let e = pairs[before | (c << 8)]!; e >= 0; e = next[e]!) if (!this.compare(e, i - 1)) return;
      before = c;
    }
  }

  private scanSingles(buffer: Uint8Array): void {
    const { singles, next } = this;
    for (let i = 0; i < buffer.length; i++)
      for (let e = singles[LOWER[buffer[i]!]!]!; e >= 0; e = next[e]!) if (!this.compare(e, i)) return;
  }

  private isFound(e: number): boolean {
    return this.stamps[this.owners[e]!] === this.stamp;
  }

  private mark(e: number): void {
    const owner = this.owners[e]!;
    this.stamps[owner] = this.stamp;
    this.found[this.count++] = owner;
  }

  private stands(at: number, e: number): boolean {
    const { bytes } = this.patterns[e]!;
    const { buffer } = this;
    if (at < 0 || at + bytes.length > buffer.length) return false;
    for (let i = 0; i < bytes.length; i++) if (LOWER[buffer[at + i]!] !== bytes[i]) return false;
    return true;
  }
}

/** Rules for one kind of bytes that may hold: found by their patterns, and those that have none. */
import { PatternSet } from '../prefilter/patterns.ts';
import type { Rule } from '../rules/rule.ts';

class Candidates {
  readonly patterns = new PatternSet();
  readonly always: number[] = [];

  add({ fast, order }: Rule, reach: number): void {
    if (fast) this.patterns.add(fast.bytes, order, reach);
    else this.always.push(order);
  }

  get isEmpty(): boolean {
    return this.always.length === 0 && this.patterns.size === 0;
  }

  /** As `PatternSet.scan`, with those that are always looked at. */
  scan(data: Uint8Array, from: number, end: number, found: Int32Array<ArrayBuffer>, before: number): number {
    const { patterns, always } = this;
    let count = before;
    if (patterns.size > 0) {
      patterns.begin();
      count = patterns.scan(data, from, end, found, count);
    }
    if (always.length > 0) found.set(always, count);
    return count + always.length;
  }
}

/** [from, end) of `data`; places are counted from `placed`. */
export interface Bytes {
  data: Uint8Array;
  from: number;
  placed: number;
  end: number;
}

/** Bytes at the beginning of what is looked at: contents of a fixed place are looked for no further than they may stand. */
const NEAR = 64;
const FAR = 512;

/** Those found by a content at the beginning of what is looked at are looked for there alone. */
export class PlacedCandidates {
  private readonly anywhere = new Candidates();
  private readonly near = new Candidates();
  private readonly far = new Candidates();
  isEmpty = true;
  private isNear = false;
  private isFar = false;
  /** Some are found by more than the beginning. */
  isWide = false;
  /** They are found within so many bytes. */
  reach = 0;

  /** `placed`: what is looked at begins where places are counted from. */
  add(rule: Rule, placed: boolean): void {
    const reach = (placed ? rule.fast?.reach : undefined) ?? Infinity;
    const group = reach <= NEAR ? this.near : reach <= FAR ? this.far : this.anywhere;
    group.add(rule, reach > FAR ? Infinity : reach);
    this.reach = Math.max(this.reach, reach > FAR || !rule.fast ? Infinity : reach);
    this.isEmpty = false;
  }

  /** Puts the numbers of those that may hold in `bytes` into `found` from `count` on. Gives the new count. */
  scan(bytes: Bytes, found: Int32Array<ArrayBuffer>, count: number): number {
    if (this.isEmpty) return count;
    const { data, from, placed, end } = bytes;
    let n = count;
    if (this.isNear) n = this.near.scan(data, placed, Math.min(end, placed + NEAR), found, n);
    if (this.isFar) n = this.far.scan(data, placed, Math.min(end, placed + FAR), found, n);
    return this.isWide ? this.anywhere.scan(data, from, end, found, n) : n;
  }

  build(): void {
    for (const { patterns } of [this.anywhere, this.near, this.far]) patterns.build();
    this.isNear = !this.near.isEmpty;
    this.isFar = !this.far.isEmpty;
    this.isWide = !this.anywhere.isEmpty;
  }
}

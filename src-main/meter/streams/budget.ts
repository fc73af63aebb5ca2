/**
 * Memory that grows with what flows carry: the bytes of streams, and what inspectors keep of a flow. One ceiling for all
 * of it; buffers of streams are used again.
 *
 * What is held behind a hole gives way to whatever else is wanted, the oldest first: it costs its sender as little as
 * nobody reads it, so it must not be what keeps others from being read.
 */
import { AgeList, type Aged } from '../age-list.ts';

const SMALL = 256;
const USUAL = 2048;
const POOLED = 256;

/** Who holds bytes that can be done without. Linked by age in the budget; a change costs the same however many there are. */
export interface Holder extends Aged<Holder> {
  /** Gives back what it holds, and says `forgo` of itself. */
  giveWay(budget: Budget): void;
}

/** Counts the bytes held by all flows together; nobody may hold more once the ceiling is reached. */
export class Budget {
  used = 0;
  /** Of those used, bytes that holders would give back. */
  yielding = 0;
  /** Requests that were refused since the ceiling was reached, holders that gave way, and what was left out for the bound of one flow. */
  refused = 0;
  readonly ceiling: number;
  private readonly free = new Map<number, Uint8Array[]>();
  private readonly holders = new AgeList<Holder>();

  constructor(ceiling: number) {
    this.ceiling = ceiling;
  }

  /**
   * A buffer of at least `size` bytes, or null when the ceiling is reached. Sizes are powers of two from 2 KiB, so that
   * what grows is seldom copied; once half of the ceiling is used, 256 where that is enough.
   */
  take(size: number): Uint8Array | null {
    let wanted = size <= SMALL && this.used * 2 >= this.ceiling ? SMALL : USUAL;
    while (wanted < size) wanted *= 2;
    if (!this.reserve(wanted)) return null;
    return this.free.get(wanted)?.pop() ?? new Uint8Array(wanted);
  }

  give(buffer: Uint8Array): void {
    this.used -= buffer.length;
    const pool = this.free.get(buffer.length);
    if (!pool) this.free.set(buffer.length, [buffer]);
    else if (pool.length < POOLED) pool.push(buffer);
  }

  /** Counts `bytes` that the caller will keep itself. False when the ceiling is reached: then it must not. */
  reserve(bytes: number): boolean {
    if (this.used + bytes > this.ceiling && !this.makeRoom(bytes)) {
      this.refused++;
      return false;
    }
    this.used += bytes;
    return true;
  }

  /** Counts what a bound below the ceiling refused. */
  refuse(): void {
    this.refused++;
  }

  /** Gives back what was reserved. */
  release(bytes: number): void {
    this.used -= bytes;
  }

  /** `holder` begins to hold what it would give back: it is the newest. */
  enlist(holder: Holder): void {
    this.holders.append(holder);
  }

  /** `holder`, which was enlisted, holds nothing any more. */
  forgo(holder: Holder): void {
    this.holders.remove(holder);
  }

  /** Lets the oldest give way, where that is enough. */
  private makeRoom(bytes: number): boolean {
    if (this.used - this.yielding + bytes > this.ceiling) return false;
    const { holders } = this;
    while (holders.oldest && this.used + bytes > this.ceiling) {
      this.refused++;
      holders.oldest.giveWay(this);
    }
    return this.used + bytes <= this.ceiling;
  }
}

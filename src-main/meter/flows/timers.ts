/**
 * When idle flows end. A flow stands in one bucket (a second) of a wheel; when the clock reaches it the flow's real
 * deadline is looked at, and it ends or moves on. So a packet costs nothing here, and nothing scans the table.
 */
import type { Slots } from './slots.ts';

const BUCKETS = 4096;
const NONE = -1;

export class TimerWheel {
  private readonly slots: Slots;
  private readonly heads = new Int32Array(BUCKETS).fill(NONE);
  private readonly tails = new Int32Array(BUCKETS).fill(NONE);
  /** Last second that was looked at. */
  private cursor = -Infinity;

  constructor(slots: Slots) {
    this.slots = slots;
  }

  /** Puts the flow where it will be looked at, at or after `deadline` (seconds since 1970). */
  add(slot: number, deadline: number): void {
    const state = this.slots.state;
    const at = this.second(deadline);
    const bucket = bucketOf(at);
    const tail = this.tails[bucket]!;
    state.wheelAt[slot] = at;
    state.wheelPrev[slot] = tail;
    state.wheelNext[slot] = NONE;
    if (tail === NONE) this.heads[bucket] = slot;
    else state.wheelNext[tail] = slot;
    this.tails[bucket] = slot;
  }

  remove(slot: number): void {
    const state = this.slots.state;
    const bucket = bucketOf(state.wheelAt[slot]!);
    const before = state.wheelPrev[slot]!;
    const after = state.wheelNext[slot]!;
    if (before === NONE) this.heads[bucket] = after;
    else state.wheelNext[before] = after;
    if (after === NONE) this.tails[bucket] = before;
    else state.wheelPrev[after] = before;
  }

  /** For a deadline that came nearer. */
  hasten(slot: number, deadline: number): void {
    if (this.second(deadline) >= this.slots.state.wheelAt[slot]!) return;
    this.remove(slot);
    this.add(slot, deadline);
  }

  /** Starts at `second`, or goes on from there after the clock was set back. */
  setTo(second: number): void {
    this.cursor = second;
  }

  /**
   * Looks at every bucket up to `second`. `visit` ends a flow (and must not touch the wheel for it) and returns NaN,
   * or returns its later deadline.
   */
  advance(second: number, visit: (slot: number) => number): void {
    if (second - this.cursor > BUCKETS) this.cursor = second - BUCKETS;
    while (this.cursor < second) {
      this.cursor++;
      this.visitBucket(bucketOf(this.cursor), visit);
    }
  }

  /** The flow that will be looked at soonest, or -1. */
  soonest(): number {
    for (let step = 1; step <= BUCKETS; step++) {
      const head = this.heads[bucketOf(this.cursor + step)]!;
      if (head !== NONE) return head;
    }
    return NONE;
  }

  private visitBucket(bucket: number, visit: (slot: number) => number): void {
    let slot = this.heads[bucket]!;
    this.heads[bucket] = NONE;
    this.tails[bucket] = NONE;
    while (slot !== NONE) {
      const after = this.slots.state.wheelNext[slot]!;
      const deadline = visit(slot);
      if (deadline === deadline) this.add(slot, deadline);
      slot = after;
    }
  }

  private second(deadline: number): number {
    const at = Math.ceil(deadline);
    if (at <= this.cursor) return this.cursor + 1;
    return at - this.cursor < BUCKETS ? at : this.cursor + BUCKETS - 1;
  }
}

function bucketOf(second: number): number {
  const rest = second % BUCKETS;
  return rest < 0 ? rest + BUCKETS : rest;
}

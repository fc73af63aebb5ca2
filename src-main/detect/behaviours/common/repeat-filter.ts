/**
 * Which contacts come back: a fixed table that forgets one-off contacts at the price of a few typed-array reads, so
 * that a flood of them costs no objects. 2^15 slots × 69 bytes.
 *
 * A slot holds one contact (by hash), its last few times, and yields to another when it has been silent for
 * `PATIENCE` seconds or was seen only once. A contact may lie in either of two slots; where both are taken by others that
 * came back it has to wait, and is noticed late.
 */
import { mix32, mixPair } from './distinct.ts';

/** Also the number of cases a behaviour may keep, one a slot. */
export const SLOTS = 1 << 15;
const MASK = SLOTS - 1;
/** Contacts before a case is opened. */
export const REPEATS = 4;
const PATIENCE = 7200;
/** `count` of a slot whose contact has a case of its own. */
const PROMOTED = 255;

export class RepeatFilter {
  private readonly tags = new Uint32Array(SLOTS);
  private readonly counts = new Uint8Array(SLOTS);
  private readonly times = new Float64Array(SLOTS * REPEATS);
  private readonly flows = new Float64Array(SLOTS * REPEATS);
  /** Closer than this, seconds, several contacts are one. */
  private readonly apart: number;

  constructor(apart: number) {
    this.apart = apart;
  }

  /** The contact's slot, 0…SLOTS − 1: one of two that its hash names. While it is promoted the slot is its own. */
  slotOf(source: number, target: number, port: number, proto: number): number {
    const slot = mixPair(mixPair(source, target), port * 2 + (proto & 1)) & MASK;
    return this.tags[slot ^ 1] === this.tagOf(source, target, port, proto) ? slot ^ 1 : slot;
  }

  private tagOf(source: number, target: number, port: number, proto: number): number {
    return (mix32(Math.imul(source, 0x85ebca6b) ^ Math.imul(target, 0xc2b2ae35) ^ (port << 9) ^ proto) | 1) >>> 0;
  }

  /**
   * A contact at `time` (seconds) in flow `flow`: 0 while it is rare, 1 when it has just come back often enough (its
   * times and flows are in `history`), 2 when it did before.
   */
  see(source: number, target: number, port: number, proto: number, time: number, flow: number): 0 | 1 | 2 {
    const slot = this.slotOf(source, target, port, proto);
    const tag = this.tagOf(source, target, port, proto);
    const count = this.counts[slot]!;
    if (this.tags[slot] === tag && count > 0) {
      if (count === PROMOTED) {
        this.times[slot * REPEATS] = time;
        return 2;
      }
      const last = this.times[slot * REPEATS + count - 1]!;
      if (time - last < this.apart) return 0;
      this.put(slot, count, time, flow);
      if (count + 1 < REPEATS) return 0;
      this.counts[slot] = PROMOTED;
      return 1;
    }
    // A contact that came back keeps its place while it is alive; a newcomer that finds both places so has to wait.
    const free = this.isFree(slot, time) ? slot : slot ^ 1;
    if (free !== slot && !this.isFree(free, time)) return 0;
    this.tags[free] = tag;
    this.put(free, 0, time, flow);
    return 0;
  }

  private isFree(slot: number, time: number): boolean {
    const count = this.counts[slot]!;
    if (count <= 1) return true;
    const newest = this.times[slot * REPEATS + (count === PROMOTED ? 0 : count - 1)]!;
    return Math.abs(time - newest) >= PATIENCE;
  }

  /** Whether the contact has a case of its own. */
  isPromoted(source: number, target: number, port: number, proto: number): boolean {
    const slot = this.slotOf(source, target, port, proto);
    return this.counts[slot] === PROMOTED && this.tags[slot] === this.tagOf(source, target, port, proto);
  }

  /** Times and flows of the contact that `see` has just promoted, oldest first. */
  history(source: number, target: number, port: number, proto: number): { times: number[]; flows: number[] } {
    const at = this.slotOf(source, target, port, proto) * REPEATS;
    return { times: [...this.times.subarray(at, at + REPEATS)], flows: [...this.flows.subarray(at, at + REPEATS)] };
  }

  private put(slot: number, index: number, time: number, flow: number): void {
    this.times[slot * REPEATS + index] = time;
    this.flows[slot * REPEATS + index] = flow;
    this.counts[slot] = index + 1;
  }
}

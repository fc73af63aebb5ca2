/** Flows that nobody has answered yet, oldest first: the ones that go when the table is full. */
import { FLOW } from './state.ts';
import type { Slots } from './slots.ts';

const NONE = -1;

export class HalfOpenList {
  private readonly slots: Slots;
  private head = NONE;
  private tail = NONE;

  constructor(slots: Slots) {
    this.slots = slots;
  }

  get oldest(): number {
    return this.head;
  }

  add(slot: number): void {
    const state = this.slots.state;
    state.halfPrev[slot] = this.tail;
    state.halfNext[slot] = NONE;
    if (this.tail === NONE) this.head = slot;
    else state.halfNext[this.tail] = slot;
    this.tail = slot;
    state.bits[slot] = state.bits[slot]! | FLOW.HALF_OPEN;
  }

  remove(slot: number): void {
    const state = this.slots.state;
    const before = state.halfPrev[slot]!;
    const after = state.halfNext[slot]!;
    if (before === NONE) this.head = after;
    else state.halfNext[before] = after;
    if (after === NONE) this.tail = before;
    else state.halfPrev[after] = before;
    state.bits[slot] = state.bits[slot]! & ~FLOW.HALF_OPEN;
  }
}

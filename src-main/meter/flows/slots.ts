/** Where live flows stand: the columns everyone may read, the table's own state, and which slots are free. */
import { growColumns, makeColumns, nextCapacity, type Columns } from '../columns.ts';
import { NO_TAG, stateSchema, type FlowState } from './state.ts';
import { flowSchema } from './types.ts';

/**
 * The first table is enough for most captures. Each next one is eight times as large: memory of slots that were never
 * used is never touched, so a large table costs little, while each step copies all columns and leaves the old ones to
 * be collected (doubling left 150 MB of them behind under a flood of 194,000 flows alive).
 */
const FIRST_CAPACITY = 32768;
const NONE = -1;
/** Slots prepared at a time. */
const BEGIN_AT_ONCE = 4096;

type StateName = keyof typeof stateSchema;

/** State that must be zero in a free slot. The rest is written whenever a flow opens, or begins otherwise. */
const ZERO_STATE: readonly StateName[] = [
  'lastRel',
  'finSeq',
  'blockTop',
  'startSeq',
  'lastSeq',
  'ackSeq',
  'seqWraps',
  'ackWraps',
  'synAt',
  'finAt',
  'rstAt',
  'zeroWindows',
  'gaps',
  'badChecksums',
  'seen',
  'tcpState',
  'previousState',
  'endpoint',
  'bits',
];

export class Slots {
  live: Columns<typeof flowSchema>;
  state: FlowState;
  capacity: number;
  /** Slots ever used: they are 0…high-1. */
  high = 0;
  private free: Int32Array<ArrayBuffer>;
  private freeCount = 0;
  /** Slots below this one were prepared by `begin`. */
  private begun = 0;
  private readonly ceiling: number;

  /** `ceiling`: most slots in use at once, those of ended flows that were not drained yet left out. */
  constructor(ceiling: number) {
    this.ceiling = ceiling;
    this.capacity = FIRST_CAPACITY;
    this.live = makeColumns(flowSchema, FIRST_CAPACITY);
    this.state = makeColumns(stateSchema, FIRST_CAPACITY);
    this.free = new Int32Array(FIRST_CAPACITY);
  }

  /** A slot with all columns at their beginnings; the caller fills in who, when and what. */
  take(): number {
    if (this.freeCount > 0) return this.free[--this.freeCount]!;
    if (this.high >= this.begun) {
      if (this.high >= this.capacity) this.grow();
      this.begin(Math.min(this.capacity, this.begun + BEGIN_AT_ONCE));
    }
    return this.high++;
  }

  /** Gives slots back. Their `flowSchema` columns are zero already (`appendFlows` leaves them so). */
  release(slots: Int32Array, count: number): void {
    const state = this.state;
    for (const name of ZERO_STATE) {
      const column = state[name];
      const width = column.length / this.capacity;
      if (column instanceof Float64Array) zeroF64(column, slots, count, width);
      else if (column instanceof Uint32Array) zeroU32(column, slots, count, width);
      else if (column instanceof Uint8Array) zeroU8(column, slots, count, width);
      else for (let i = 0; i < count; i++) column[slots[i]!] = 0;
    }
    for (let i = 0; i < count; i++) {
      const slot = slots[i]!;
      const pair = slot * 2;
      state.closeAt[slot] = Infinity;
      state.attemptAt[slot] = Infinity;
      state.halfClosedAt[slot] = Infinity;
      state.directionRel[pair] = NaN;
      state.directionRel[pair + 1] = NaN;
      state.delivered[pair] = 1;
      state.delivered[pair + 1] = 1;
      state.trimmed[pair] = 1;
      state.trimmed[pair + 1] = 1;
      state.tag[pair] = NO_TAG;
      state.tag[pair + 1] = NO_TAG;
      this.live.responseTime[slot] = -1;
      this.live.parent[slot] = -1;
    }
    // Backwards, so that neighbours are given out again in their order.
    for (let i = count - 1; i >= 0; i--) this.free[this.freeCount++] = slots[i]!;
  }

  private grow(): void {
    const before = this.capacity;
    // Slots of ended flows wait for the next drain: a batch of them fits above the ceiling.
    const capacity = nextCapacity(before, this.ceiling + FIRST_CAPACITY);
    this.live = growColumns(flowSchema, this.live, capacity);
    this.state = growColumns(stateSchema, this.state, capacity);
    const free = new Int32Array(capacity);
    free.set(this.free);
    this.free = free;
    this.capacity = capacity;
  }

  /** What begins otherwise than with zero, in the slots up to `to`. */
  private begin(to: number): void {
    const state = this.state;
    const from = this.begun;
    state.closeAt.fill(Infinity, from, to);
    state.attemptAt.fill(Infinity, from, to);
    state.halfClosedAt.fill(Infinity, from, to);
    state.directionRel.fill(NaN, from * 2, to * 2);
    state.delivered.fill(1, from * 2, to * 2);
    state.trimmed.fill(1, from * 2, to * 2);
    state.tag.fill(NO_TAG, from * 2, to * 2);
    state.ranges.fill(NONE, from * 2, to * 2);
    this.live.responseTime.fill(-1, from, to);
    this.live.parent.fill(-1, from, to);
    this.begun = to;
  }
}

function zeroF64(column: Float64Array, slots: Int32Array, count: number, width: number): void {
  for (let i = 0; i < count; i++) {
    const at = slots[i]! * width;
    column[at] = 0;
    if (width === 2) column[at + 1] = 0;
  }
}

function zeroU32(column: Uint32Array, slots: Int32Array, count: number, width: number): void {
  for (let i = 0; i < count; i++) {
    const at = slots[i]! * width;
    column[at] = 0;
    if (width === 2) column[at + 1] = 0;
  }
}

function zeroU8(column: Uint8Array, slots: Int32Array, count: number, width: number): void {
  for (let i = 0; i < count; i++) {
    const at = slots[i]! * width;
    column[at] = 0;
    if (width === 2) column[at + 1] = 0;
  }
}

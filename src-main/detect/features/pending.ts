/** Context of flows that are still open: flow number → a few bytes, in an open-addressing table. */
import { FLOW_CONTEXT_WIDTH } from '../../meter/flows/types.ts';

const FREE = -1;

/** Linear probing; removal shifts back, no tombstones. Numbers are spread by a multiplication, else they form one long run. */
export class PendingContexts {
  size = 0;
  private keys: Float64Array;
  private values: Uint8Array;
  private mask: number;

  constructor(initial = 1 << 12) {
    this.keys = new Float64Array(initial).fill(FREE);
    this.values = new Uint8Array(initial * FLOW_CONTEXT_WIDTH);
    this.mask = initial - 1;
  }

  private home(id: number): number {
    return (Math.imul(id | 0, 0x9e3779b1) >>> 7) & this.mask;
  }

  private slotOf(id: number): number {
    let slot = this.home(id);
    while (this.keys[slot] !== FREE && this.keys[slot] !== id) slot = (slot + 1) & this.mask;
    return slot;
  }

  /** Where the bytes of `id` may be written: an offset into `bytes`, valid until the next call. */
  put(id: number): number {
    if (this.size * 2 > this.mask) this.grow();
    const slot = this.slotOf(id);
    if (this.keys[slot] === FREE) {
      this.keys[slot] = id;
      this.size++;
    }
    return slot * FLOW_CONTEXT_WIDTH;
  }

  get bytes(): Uint8Array {
    return this.values;
  }

  /** Moves the bytes of `id` to `into[at…]` and forgets them; false when there are none. */
  take(id: number, into: Uint8Array, at: number): boolean {
    const slot = this.slotOf(id);
    if (this.keys[slot] === FREE) return false;
    const from = slot * FLOW_CONTEXT_WIDTH;
    for (let i = 0; i < FLOW_CONTEXT_WIDTH; i++) into[at + i] = this.values[from + i]!;
    this.remove(slot);
    return true;
  }

  private remove(slot: number): void {
    this.size--;
    let hole = slot;
    let next = slot;
    for (;;) {
      next = (next + 1) & this.mask;
      const key = this.keys[next]!;
      if (key === FREE) break;
      const home = this.home(key);
      if (((next - home) & this.mask) < ((next - hole) & this.mask)) continue;
      this.move(next, hole);
      hole = next;
    }
    this.keys[hole] = FREE;
  }

  private move(from: number, to: number): void {
    this.keys[to] = this.keys[from]!;
    this.values.copyWithin(to * FLOW_CONTEXT_WIDTH, from * FLOW_CONTEXT_WIDTH, (from + 1) * FLOW_CONTEXT_WIDTH);
  }

  private grow(): void {
    const [keys, values] = [this.keys, this.values];
    const size = keys.length * 2;
    this.keys = new Float64Array(size).fill(FREE);
    this.values = new Uint8Array(size * FLOW_CONTEXT_WIDTH);
    this.mask = size - 1;
    for (let old = 0; old < keys.length; old++) {
      const key = keys[old]!;
      if (key === FREE) continue;
      const slot = this.slotOf(key);
      this.keys[slot] = key;
      const from = old * FLOW_CONTEXT_WIDTH;
      this.values.set(values.subarray(from, from + FLOW_CONTEXT_WIDTH), slot * FLOW_CONTEXT_WIDTH);
    }
  }
}

/**
 * Rows of a block that the second stage has to look at, with the results of those that equal one seen lately. Floods and
 * scans bring the same row again and again. The results are those the detectors would give: only time is saved.
 */

const SLOTS = 1 << 12;
/** `slotOf` of a row that the second stage does not look at. */
export const ORDINARY = -1;

export class RowMemory {
  /** Rows of the block that must be computed, in order. */
  pending = new Int32Array(1024);
  pendingCount = 0;
  /** By row: where its results stand (ORDINARY: it has none). Results of pending rows stand at `base + k`. */
  slotOf = new Int32Array(1024);
  private readonly width: number;
  private readonly results: number;
  private readonly keys: Int32Array;
  private readonly used = new Uint8Array(SLOTS);
  private readonly kept: Float64Array;
  /** Results of the pending rows, by row then detector. */
  readonly fresh: Float64Array;
  private view: Int32Array = new Int32Array(0);
  private readonly target = new Int32Array(1024);

  /** `width`: numbers a row. `results`: second-stage detectors. */
  constructor(width: number, results: number) {
    this.width = width;
    this.results = results;
    this.keys = new Int32Array(SLOTS * width);
    this.kept = new Float64Array(SLOTS * results);
    this.fresh = new Float64Array(1024 * results);
  }

  /** Sorts the first `count` rows of `rows` into ordinary ones, remembered ones and pending ones. */
  select(rows: Float32Array, count: number, isUnusual: (row: number) => boolean): void {
    this.view = new Int32Array(rows.buffer, rows.byteOffset, count * this.width);
    this.pendingCount = 0;
    for (let row = 0; row < count; row++) {
      if (!isUnusual(row)) {
        this.slotOf[row] = ORDINARY;
        continue;
      }
      const slot = this.slotFor(row);
      if (this.used[slot] === 1 && this.same(slot, row)) {
        this.slotOf[row] = slot;
      } else {
        this.slotOf[row] = SLOTS + this.pendingCount;
        this.target[this.pendingCount] = slot;
        this.pending[this.pendingCount++] = row;
      }
    }
  }

  private slotFor(row: number): number {
    const { view, width } = this;
    let hash = 0x811c9dc5;
    const end = (row + 1) * width;
    for (let i = row * width; i < end; i++) hash = Math.imul(hash ^ view[i]!, 0x01000193) ^ (hash >>> 15);
    hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
    return (hash ^ (hash >>> 13)) & (SLOTS - 1);
  }

  private same(slot: number, row: number): boolean {
    const { view, keys, width } = this;
    const a = slot * width;
    const b = row * width;
    for (let j = 0; j < width; j++) if (keys[a + j] !== view[b + j]) return false;
    return true;
  }

  /** Result `which` of a row that has any. */
  result(row: number, which: number): number {
    const slot = this.slotOf[row]!;
    if (slot < SLOTS) return this.kept[slot * this.results + which]!;
    return this.fresh[(slot - SLOTS) * this.results + which]!;
  }

  /** After the block's results were read: remembers what was computed. */
  remember(): void {
    const { width, results } = this;
    for (let k = 0; k < this.pendingCount; k++) {
      const slot = this.target[k]!;
      const row = this.pending[k]!;
      this.used[slot] = 1;
      this.keys.set(this.view.subarray(row * width, (row + 1) * width), slot * width);
      this.kept.set(this.fresh.subarray(k * results, (k + 1) * results), slot * results);
    }
  }
}

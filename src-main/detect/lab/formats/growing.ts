/**
 * A column whose length nobody knows beforehand. It grows to twice its room; what was left behind is let go at once, since
 * the collector would let a large table lie in memory twice. Room that no row has used yet takes no memory.
 */

const FIRST = 4096;

type Numbers = Float32Array | Float64Array | Int32Array | Uint8Array;

export class GrowingColumn<T extends Numbers> {
  private values: T;
  private readonly make: (length: number) => T;

  constructor(make: (length: number) => T) {
    this.make = make;
    this.values = make(0);
  }

  /** Rows come in order, each once. */
  set(row: number, value: number): void {
    if (row >= this.values.length) this.resize(Math.max(FIRST, 2 * this.values.length), row);
    this.values[row] = value;
  }

  /** The first `rows`; the column is empty afterwards. */
  take(rows: number): T {
    this.resize(rows, rows);
    const taken = this.values;
    this.values = this.make(0);
    return taken;
  }

  private resize(length: number, used: number): void {
    const before = this.values;
    if (before.length === length) return;
    this.values = this.make(length);
    this.values.set(before.subarray(0, used) as never);
    (before.buffer as ArrayBuffer).transfer(0);
  }
}

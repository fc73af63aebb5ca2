/** The newest values of a series, oldest first. */
export class Ring {
  private readonly values: Float64Array;
  private at = 0;
  length = 0;

  constructor(capacity: number) {
    this.values = new Float64Array(capacity);
  }

  push(value: number): void {
    this.values[this.at] = value;
    this.at = (this.at + 1) % this.values.length;
    this.length = Math.min(this.length + 1, this.values.length);
  }

  /** The newest `count` (all by default), oldest first; `before`: as it was so many values ago. */
  last(count = this.length, before = 0): Float64Array {
    const size = this.values.length;
    const take = Math.max(0, Math.min(count, this.length - before));
    const out = new Float64Array(take);
    for (let i = 0; i < take; i++) out[i] = this.values[(this.at - before - take + i + 2 * size) % size]!;
    return out;
  }

  restore(values: ArrayLike<number>): void {
    this.at = this.length = 0;
    for (let i = 0; i < values.length; i++) this.push(values[i]!);
  }
}

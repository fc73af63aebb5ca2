/**
 * A bounded sample of the flows of a run: those with the smallest hash of their number. It does not depend on the order
 * in which rows come, so batches of any size give the same sample.
 */
import { hashId } from './random.ts';

export interface SampledRows {
  rows: number;
  data: Float32Array;
  ids: Float64Array;
  hashes: Float64Array;
  owners: Float64Array;
}

export class FlowSample {
  readonly width: number;
  readonly size: number;
  readonly seed: number;
  /** Rows offered so far. */
  seen = 0;
  private limit = Infinity;
  private count = 0;
  private ids: Float64Array;
  private hashes: Float64Array;
  private owners: Float64Array;
  private rows: Float32Array;

  /** `size` rows of `width` numbers at the end; twice as many are held while rows come in. */
  constructor(size: number, width: number, seed: number) {
    this.size = size;
    this.width = width;
    this.seed = seed;
    this.ids = new Float64Array(0);
    this.hashes = new Float64Array(0);
    this.owners = new Float64Array(0);
    this.rows = new Float32Array(0);
  }

  /** Counts a flow; true when its row is wanted (call `add` with it). */
  wants(id: number): boolean {
    this.seen++;
    return hashId(id, this.seed) < this.limit;
  }

  /** Keeps a copy of the row that begins at `data[at]`; `owner`: whose it is. */
  add(id: number, data: Float32Array, at: number, owner = 0): void {
    if (this.count === this.ids.length) this.makeRoom();
    this.ids[this.count] = id;
    this.hashes[this.count] = hashId(id, this.seed);
    this.owners[this.count] = owner;
    this.rows.set(data.subarray(at, at + this.width), this.count * this.width);
    this.count++;
  }

  private makeRoom(): void {
    if (this.count >= this.size * 2) return this.shrink();
    const capacity = Math.min(this.size * 2, Math.max(256, this.count * 2));
    this.ids = grown(this.ids, new Float64Array(capacity));
    this.hashes = grown(this.hashes, new Float64Array(capacity));
    this.owners = grown(this.owners, new Float64Array(capacity));
    this.rows = grown(this.rows, new Float32Array(capacity * this.width));
  }

  private shrink(): void {
    const limit = this.hashes.slice(0, this.count).sort()[this.size]!;
    let kept = 0;
    for (let i = 0; i < this.count; i++) {
      if (this.hashes[i]! >= limit) continue;
      this.ids[kept] = this.ids[i]!;
      this.hashes[kept] = this.hashes[i]!;
      this.owners[kept] = this.owners[i]!;
      this.rows.copyWithin(kept * this.width, i * this.width, (i + 1) * this.width);
      kept++;
    }
    this.count = kept;
    this.limit = limit;
  }

  /** The sample in ascending order of flow numbers; those, and each row's hash and owner. */
  take(): SampledRows {
    if (this.count > this.size) this.shrink();
    const order = Array.from({ length: this.count }, (_, i) => i).sort((a, b) => this.ids[a]! - this.ids[b]!);
    const data = new Float32Array(this.count * this.width);
    const hashes = new Float64Array(this.count);
    const owners = new Float64Array(this.count);
    const ids = new Float64Array(this.count);
    for (const [to, from] of order.entries()) {
      data.set(this.rows.subarray(from * this.width, (from + 1) * this.width), to * this.width);
      hashes[to] = this.hashes[from]!;
      owners[to] = this.owners[from]!;
      ids[to] = this.ids[from]!;
    }
    return { rows: this.count, data, ids, hashes, owners };
  }
}

function grown<T extends Float32Array | Float64Array>(from: T, to: T): T {
  to.set(from);
  return to;
}

/**
 * Memory that grows with what flows carry: the bytes of streams, and what inspectors keep of a flow. One ceiling for all
 * of it; buffers of streams are used again.
 */
const SMALLEST = 2048;
const POOLED = 256;

/** Counts the bytes held by all flows together; nobody may hold more once the ceiling is reached. */
export class Budget {
  used = 0;
  /** Requests that were refused since the ceiling was reached, and what was left out for the bound of one flow. */
  refused = 0;
  readonly ceiling: number;
  private readonly free = new Map<number, Uint8Array[]>();

  constructor(ceiling: number) {
    this.ceiling = ceiling;
  }

  /** A buffer of at least `size` bytes, or null when the ceiling is reached. Sizes are powers of two from 2 KiB. */
  take(size: number): Uint8Array | null {
    let wanted = SMALLEST;
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
    if (this.used + bytes > this.ceiling) {
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
}

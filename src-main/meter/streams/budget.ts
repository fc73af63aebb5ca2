/** Memory for the bytes of streams: one ceiling for all of them, buffers used again. */
const SMALLEST = 2048;
const POOLED = 256;

/** Counts the bytes held by all streams together; nobody may hold more once the ceiling is reached. */
export class Budget {
  used = 0;
  readonly ceiling: number;
  private readonly free = new Map<number, Uint8Array[]>();

  constructor(ceiling: number) {
    this.ceiling = ceiling;
  }

  /** A buffer of at least `size` bytes, or null when the ceiling is reached. Sizes are powers of two from 2 KiB. */
  take(size: number): Uint8Array | null {
    let wanted = SMALLEST;
    while (wanted < size) wanted *= 2;
    if (this.used + wanted > this.ceiling) return null;
    this.used += wanted;
    return this.free.get(wanted)?.pop() ?? new Uint8Array(wanted);
  }

  give(buffer: Uint8Array): void {
    this.used -= buffer.length;
    const pool = this.free.get(buffer.length);
    if (!pool) this.free.set(buffer.length, [buffer]);
    else if (pool.length < POOLED) pool.push(buffer);
  }
}

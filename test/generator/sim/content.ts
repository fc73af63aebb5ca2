import { concat } from '../bytes.ts';
import type { Rng } from '../prng.ts';

/** A message's bytes, readable at any position: so that a lost piece can be sent again without keeping it. */
export interface Content {
  readonly length: number;
  copyInto(target: Uint8Array, at: number, from: number, count: number): void;
}

/** Stored bytes. */
export class Bytes implements Content {
  readonly data: Uint8Array;
  readonly length: number;
  constructor(data: Uint8Array) {
    this.data = data;
    this.length = data.length;
  }
  copyInto(target: Uint8Array, at: number, from: number, count: number): void {
    const { data } = this;
    if (count < 48) for (let i = 0; i < count; i++) target[at + i] = data[from + i]!;
    else target.set(data.subarray(from, from + count), at);
  }
}

/**
 * Random bytes that stand for ciphertext and compressed media. Messages read it from a random place onwards, wrapping,
 * so that a capture of gigabytes costs no memory; a small pool keeps a sample capture small when it is compressed.
 */
export class Pool {
  readonly size: number;
  readonly data: Uint8Array;
  constructor(rng: Rng, size: number) {
    this.size = size;
    const base = rng.bytes(size);
    this.data = concat(base, new Uint8Array(65536));
    for (let i = size; i < this.data.length; i++) this.data[i] = base[i % size]!;
  }
}

/** `length` bytes of a pool from `start`. */
export class PoolBytes implements Content {
  readonly length: number;
  private readonly pool: Pool;
  private readonly start: number;
  constructor(pool: Pool, length: number, start: number) {
    this.pool = pool;
    this.length = length;
    this.start = start;
  }
  copyInto(target: Uint8Array, at: number, from: number, count: number): void {
    const o = (this.start + from) % this.pool.size;
    target.set(this.pool.data.subarray(o, o + count), at);
  }
}

/** Several contents in a row. */
export class Joined implements Content {
  readonly length: number;
  private readonly parts: readonly Content[];
  private readonly starts: number[] = [];
  constructor(parts: readonly Content[]) {
    this.parts = parts;
    let total = 0;
    for (const p of parts) {
      this.starts.push(total);
      total += p.length;
    }
    this.length = total;
  }
  copyInto(target: Uint8Array, at: number, from: number, count: number): void {
    let low = 0;
    let high = this.parts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.starts[middle]! <= from) low = middle;
      else high = middle - 1;
    }
    let done = 0;
    for (let i = low; done < count; i++) {
      const part = this.parts[i]!;
      const inside = from + done - this.starts[i]!;
      const n = Math.min(count - done, part.length - inside);
      if (n > 0) part.copyInto(target, at + done, inside, n);
      done += Math.max(n, 0);
    }
  }
}

/** TLS application data: `payload` bytes in records of at most 16 KB, each with its 5-byte header and `overhead`. */
export class TlsRecords implements Content {
  readonly length: number;
  private readonly pool: Pool;
  private readonly start: number;
  private readonly record: number;
  constructor(pool: Pool, payload: number, start: number, overhead: number) {
    this.pool = pool;
    this.start = start;
    this.record = 16384 + overhead + 5;
    const full = Math.floor(payload / 16384);
    const rest = payload - full * 16384;
    this.length = full * this.record + (rest > 0 ? rest + overhead + 5 : 0);
  }
  copyInto(target: Uint8Array, at: number, from: number, count: number): void {
    const o = (this.start + from) % this.pool.size;
    target.set(this.pool.data.subarray(o, o + count), at);
    const { record } = this;
    let index = Math.floor(from / record);
    for (; index * record < from + count; index++) {
      const begin = index * record;
      const size = Math.min(record, this.length - begin) - 5;
      const header = [23, 3, 3, size >> 8, size & 0xff];
      for (let i = 0; i < 5; i++) {
        const place = begin + i - from;
        if (place >= 0 && place < count) target[at + place] = header[i]!;
      }
    }
  }
}

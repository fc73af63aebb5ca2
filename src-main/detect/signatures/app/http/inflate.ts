/**
 * DEFLATE (RFC 1951), as a reader of hostile bytes needs it: what came out before the damage counts, and the output has a ceiling.
 * node:zlib gives neither without throwing away what it had.
 */
import { EMPTY } from '../bytes.ts';
import { BITS_MAX, Code } from './code.ts';

export interface Inflated {
  readonly bytes: Uint8Array;
  /** Of the input. */
  readonly used: number;
  /** `end`: the stream's end was read; `short`: the input ended before it; `full`: the ceiling was reached; `damaged`. */
  readonly state: 'end' | 'short' | 'full' | 'damaged';
}

type State = Inflated['state'];

const LENGTH_BASE = [
  3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258,
];
const LENGTH_BITS = [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0];
const FAR_BASE = [
  1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097, 6145,
  8193, 12_289, 16_385, 24_577,
];
const ORDER = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

/** How a block ends when it does not end well. */
class Stop extends Error {
  readonly state: State;
  constructor(state: State) {
    super(state);
    this.state = state;
  }
}
const SHORT = new Stop('short');
const DAMAGED = new Stop('damaged');
const FULL = new Stop('full');

const FIXED_LENGTHS = new Uint8Array(288).fill(8).fill(9, 144, 256).fill(7, 256, 280);
const FIXED = new Code(FIXED_LENGTHS);
const FIXED_FAR = new Code(new Uint8Array(30).fill(5));

class Inflater {
  at: number;
  out = new Uint8Array(4096);
  length = 0;
  readonly #data: Uint8Array;
  readonly #max: number;
  #bits = 0;
  #count = 0;

  constructor(data: Uint8Array, at: number, max: number) {
    this.#data = data;
    this.at = at;
    this.#max = max;
  }

  run(): State {
    try {
      for (;;) {
        const last = this.#read(1) === 1;
        const kind = this.#read(2);
        if (kind === 0) this.#stored();
        else if (kind === 1) this.#codes(FIXED, FIXED_FAR);
        else if (kind === 2) this.#dynamic();
        else return 'damaged';
        if (last) return 'end';
      }
    } catch (error) {
      if (error instanceof Stop) return error.state;
      throw error;
    }
  }

  #read(count: number): number {
    while (this.#count < count) {
      if (this.at >= this.#data.length) throw SHORT;
      this.#bits |= this.#data[this.at]! << this.#count;
      this.at += 1;
      this.#count += 8;
    }
    const value = this.#bits & ((1 << count) - 1);
    this.#bits >>>= count;
    this.#count -= count;
    return value;
  }

  #put(byte: number): void {
    if (this.length >= this.#max) throw FULL;
    if (this.length === this.out.length) {
      const room = new Uint8Array(Math.min(this.#max, 2 * this.out.length));
      room.set(this.out);
      this.out = room;
    }
    this.out[this.length] = byte;
    this.length += 1;
  }

  #stored(): void {
    this.#bits = 0;
    this.#count = 0;
    const length = this.#read(16);
    if (length !== (this.#read(16) ^ 0xffff)) throw DAMAGED;
    for (let i = 0; i < length; i += 1) this.#put(this.#read(8));
  }

  #symbol(code: Code): number {
    let value = 0;
    let first = 0;
    let index = 0;
    for (let length = 1; length <= BITS_MAX; length += 1) {
      value |= this.#read(1);
      const count = code.counts[length]!;
      if (value - count < first) return code.symbols[index + value - first]!;
      index += count;
      first = (first + count) << 1;
      value <<= 1;
    }
    throw DAMAGED;
  }

  #codes(code: Code, far: Code): void {
    for (;;) {
      const symbol = this.#symbol(code);
      if (symbol === 256) return;
      if (symbol < 256) {
        this.#put(symbol);
        continue;
      }
      if (symbol > 285) throw DAMAGED;
      const length = LENGTH_BASE[symbol - 257]! + this.#read(LENGTH_BITS[symbol - 257]!);
      const farSymbol = this.#symbol(far);
      if (farSymbol > 29) throw DAMAGED;
      const distance = FAR_BASE[farSymbol]! + this.#read(farSymbol < 2 ? 0 : (farSymbol >> 1) - 1);
      if (distance > this.length) throw DAMAGED;
      for (let i = 0; i < length; i += 1) this.#put(this.out[this.length - distance]!);
    }
  }

  #dynamic(): void {
    const codes = this.#read(5) + 257;
    const fars = this.#read(5) + 1;
    const sizes = this.#read(4) + 4;
    const lengths = new Uint8Array(19);
    for (let i = 0; i < sizes; i += 1) lengths[ORDER[i]!] = this.#read(3);
    const all = this.#lengths(new Code(lengths), codes + fars);
    const code = new Code(all.subarray(0, codes));
    const far = new Code(all.subarray(codes));
    if (codes > 286 || code.overfull || far.overfull || all[256] === 0) throw DAMAGED;
    this.#codes(code, far);
  }

  #lengths(code: Code, count: number): Uint8Array {
    if (code.overfull) throw DAMAGED;
    const all = new Uint8Array(count);
    for (let i = 0; i < count;) {
      const symbol = this.#symbol(code);
      if (symbol < 16) {
        all[i] = symbol;
        i += 1;
        continue;
      }
      if (symbol === 16 && i === 0) throw DAMAGED;
      const value = symbol === 16 ? all[i - 1]! : 0;
      const times = symbol === 16 ? 3 + this.#read(2) : symbol === 17 ? 3 + this.#read(3) : 11 + this.#read(7);
      if (i + times > count) throw DAMAGED;
      all.fill(value, i, i + times);
      i += times;
    }
    return all;
  }
}

/** Inflates raw DEFLATE from `at`; at most `max` bytes come out. Never throws on what the bytes say. */
export function inflate(data: Uint8Array, at: number, max: number): Inflated {
  if (at >= data.length) return { bytes: EMPTY, used: 0, state: 'short' };
  const inflater = new Inflater(data, at, max);
  const state = inflater.run();
  return { bytes: inflater.out.subarray(0, inflater.length), used: inflater.at - at, state };
}

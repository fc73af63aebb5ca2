/** Bits into bytes, and out of them again, each in as little room as it was expected (range coding; Martin 1979). */
import { BitCoder } from './bits.ts';
import { WireError } from './error.ts';
import { LIMITS } from './limits.ts';
import type { Model } from './model.ts';

/** Below this the range is widened by a byte. */
const NARROW = 2 ** 24;

export class BitWriter extends BitCoder {
  /** Where the range begins (a byte more than 32 bits: what is carried), and its width. */
  private readonly state = Float64Array.of(0, 0xffffffff);
  private bytes: Buffer = Buffer.allocUnsafe(1 << 12);
  private length = 0;
  /** The byte that may still be carried into, and how many of 255 follow it; -1: none yet. */
  private held = -1;
  private full = 0;

  protected code(expected: number, bit: number): number {
    const { state } = this;
    const bound = (state[1]! >>> 16) * expected;
    if (bit === 1) state[1] = bound;
    else {
      state[0]! += bound;
      state[1]! -= bound;
    }
    while (state[1]! < NARROW) {
      state[1]! *= 256;
      this.shift();
    }
    return bit;
  }

  /** The highest byte goes out, as soon as nothing can be carried into it any more. */
  private shift(): void {
    const low = this.state[0]!;
    if (low < 0xff000000 || low > 0xffffffff) {
      const carry = low > 0xffffffff ? 1 : 0;
      if (this.held >= 0) this.byte(this.held + carry);
      for (; this.full > 0; this.full--) this.byte((255 + carry) & 255);
      this.held = (low >>> 24) & 255;
    } else this.full++;
    this.state[0] = (low % NARROW) * 256;
  }

  private byte(value: number): void {
    if (this.length === this.bytes.length) {
      const wider = Buffer.allocUnsafe(this.bytes.length * 2);
      this.bytes.copy(wider);
      this.bytes = wider;
    }
    this.bytes[this.length++] = value;
  }

  /** All of it; nothing may be written any more. */
  done(): Buffer {
    // The range is wide enough for a number whose last three bytes are zeros: those are not written.
    this.state[0] = Math.ceil(this.state[0]! / NARROW) * NARROW;
    this.shift();
    this.shift();
    return this.bytes.subarray(0, this.length);
  }
}

/** Bytes that are read beyond the end: what the writer left away are zeros. */
const BEYOND = 3;

export class BitReader extends BitCoder {
  /** The number that was written, from where the range begins; the range's width. */
  private readonly state = Float64Array.of(0, 0xffffffff);
  private place = 0;
  private readonly bytes: Uint8Array;

  constructor(model: Model, bytes: Uint8Array) {
    super(model);
    this.bytes = bytes;
    for (let i = 0; i < 4; i++) this.state[0] = this.state[0]! * 256 + this.next();
  }

  protected code(expected: number): number {
    if (this.count >= LIMITS.decisions) throw new WireError('too-large', 'it says more than a batch may');
    const { state } = this;
    const bound = (state[1]! >>> 16) * expected;
    const isOne = state[0]! < bound;
    if (isOne) state[1] = bound;
    else {
      state[0]! -= bound;
      state[1]! -= bound;
    }
    while (state[1]! < NARROW) {
      state[1]! *= 256;
      state[0] = (state[0]! * 256 + this.next()) % 4_294_967_296;
    }
    return isOne ? 1 : 0;
  }

  private next(): number {
    if (this.place >= this.bytes.length + BEYOND) throw new WireError('truncated', 'it ends in the middle of a value');
    return this.bytes[this.place++] ?? 0;
  }

  /** @throws WireError when it does not end here. */
  end(): void {
    const left = this.bytes.length + BEYOND - this.place;
    if (left > 0) throw new WireError('trailing', `${left} bytes follow its end`);
  }
}

/**
 * LZO1X (the stream format as documented for the Linux kernel, Documentation/staging/lzo.rst): instructions that each copy
 * from what was written before, then up to a few literal bytes. What an instruction below 16 means depends on how many
 * literals came before it.
 */

const CUT = 'an LZO block is cut';
const WRONG = 'an LZO block is damaged';

class Lzo {
  private readonly from: Uint8Array;
  private readonly into: Uint8Array;
  private at = 0;
  private out = 0;

  constructor(from: Uint8Array, into: Uint8Array) {
    this.from = from;
    this.into = into;
  }

  private byte(): number {
    if (this.at >= this.from.length) throw new RangeError(CUT);
    return this.from[this.at++]!;
  }

  /** A length whose field is zero goes on: 255 for each zero byte, then the last. */
  private longer(base: number): number {
    let total = base;
    for (;;) {
      const byte = this.byte();
      if (byte !== 0) return total + byte;
      total += 255;
    }
  }

  private literals(count: number): void {
    if (this.at + count > this.from.length) throw new RangeError(CUT);
    if (this.out + count > this.into.length) throw new RangeError(WRONG);
    this.into.set(this.from.subarray(this.at, this.at + count), this.out);
    this.at += count;
    this.out += count;
  }

  private match(distance: number, count: number): void {
    if (distance > this.out || this.out + count > this.into.length) throw new RangeError(WRONG);
    for (const end = this.out + count; this.out < end; this.out++)
      this.into[this.out] = this.into[this.out - distance]!;
  }

  private word(): number {
    const low = this.byte();
    return low | (this.byte() << 8);
  }

  run(): number {
    /** Literals copied by the last instruction: 0…3, 4: four and more. */
    let state = 0;
    const first = this.from[0] ?? 0;
    if (first > 17) {
      this.at = 1;
      this.literals(first - 17);
      state = first - 17 >= 4 ? 4 : first - 17;
    }
    for (;;) {
      const code = this.byte();
      if (code < 16 && state === 0) {
        this.literals(code === 0 ? this.longer(18) : code + 3);
        state = 4;
        continue;
      }
      const last = this.copy(code, state);
      if (last < 0) return this.out;
      state = last;
      this.literals(state);
    }
  }

  /** Carries out a match; how many literals follow it, -1 at the end of the stream. */
  private copy(code: number, state: number): number {
    if (code < 16) {
      const distance = (this.byte() << 2) + (code >> 2);
      if (state === 4) this.match(distance + 2049, 3);
      else this.match(distance + 1, 2);
      return code & 3;
    }
    if (code >= 64) {
      const distance = (this.byte() << 3) + ((code >> 2) & 7) + 1;
      this.match(distance, (code >> 5) + 1);
      return code & 3;
    }
    if (code >= 32) {
      const count = (code & 31) === 0 ? this.longer(31) : code & 31;
      const word = this.word();
      this.match((word >> 2) + 1, count + 2);
      return word & 3;
    }
    const count = (code & 7) === 0 ? this.longer(7) : code & 7;
    const word = this.word();
    const distance = ((code & 8) << 11) + (word >> 2);
    if (distance === 0) return -1;
    this.match(distance + 16_384, count + 2);
    return word & 3;
  }
}

/**
 * Unpacks `from` into `into`; how many bytes that gave.
 *
 * @throws RangeError where the block is damaged or gives more than `into` holds.
 */
export function lzoBlock(from: Uint8Array, into: Uint8Array): number {
  return new Lzo(from, into).run();
}

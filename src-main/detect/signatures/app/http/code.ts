/** Huffman codes of DEFLATE (RFC 1951, 3.2.2). */

/** The longest code. */
export const BITS_MAX = 15;

/** A canonical Huffman code: how many symbols of each length, and the symbols in order. */
export class Code {
  readonly counts = new Uint16Array(BITS_MAX + 1);
  readonly symbols: Uint16Array;

  constructor(lengths: Uint8Array) {
    this.symbols = new Uint16Array(lengths.length);
    for (const length of lengths) this.counts[length]! += 1;
    const offsets = new Uint16Array(BITS_MAX + 2);
    for (let i = 1; i <= BITS_MAX; i += 1) offsets[i + 1] = offsets[i]! + this.counts[i]!;
    for (let symbol = 0; symbol < lengths.length; symbol += 1) {
      const length = lengths[symbol]!;
      if (length > 0) this.symbols[offsets[length]!++] = symbol;
    }
    this.counts[0] = 0;
  }

  /** More codes of a length than there can be. */
  get overfull(): boolean {
    let left = 1;
    for (let i = 1; i <= BITS_MAX; i += 1) {
      left = left * 2 - this.counts[i]!;
      if (left < 0) return true;
    }
    return false;
  }
}

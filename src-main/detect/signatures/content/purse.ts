/**
 * What all rules of a set may take together in looking: it is filled up by the bytes that come, and counted in steps of about
 * ten nanoseconds, never by a clock, so that the same packets always give the same.
 */

/** Saved up at most: about a second. */
const FULL = 1 << 26;
/** Below it a look gets no more than the least, so that dear rules leave something for the others. */
const RESERVE = FULL / 4;
/** Steps that one look gets as long as there are any. */
const LEAST = 1 << 15;
/** Steps a byte and a packet. Rules in use take less than a tenth of a step a byte. */
const BYTE = 16;
const PACKET = 2048;

export class Purse {
  private left: number;

  constructor(size = FULL) {
    this.left = size;
  }

  /** Bytes came. */
  fill(bytes: number): void {
    this.left = Math.min(FULL, this.left + PACKET + bytes * BYTE);
  }

  /** Whether a look that has taken `taken` may take so many more. */
  affords(steps: number, taken: number): boolean {
    const left = this.left - steps;
    return left >= RESERVE || (left >= 0 && taken + steps <= LEAST);
  }

  take(steps: number): void {
    this.left -= steps;
  }
}

/** pcapng time stamps: 64-bit counts of a unit that each interface chooses, to seconds and nanoseconds. */

/**
 * Seconds beyond this (about the year 275,000, what dates can show) are brought to it: no clock says so, a damaged or
 * hostile file does, and beyond 2^53 they would not be exact.
 */
const SECONDS_MAX = 8_639_999_000_000;

/** Converts `high·2^32 + low` units; the result is left in the two fields, so that no object is made. */
export class TimestampUnit {
  sec = 0;
  nano = 0;
  private readonly perSecond: number;
  private readonly big: bigint | null;
  private readonly offset: number;

  /**
   * `resolution`: if_tsresol's byte (negative power of 10, or of 2 with the high bit set); `offset`: seconds to
   * add (if_tsoffset). Source: draft-ietf-opsawg-pcapng, section 4.2.
   */
  constructor(resolution: number, offset: number) {
    const exponent = resolution & 0x7f;
    const exact = resolution & 0x80 ? 1n << BigInt(exponent) : 10n ** BigInt(exponent);
    this.perSecond = Number(exact);
    // Powers of 10 up to 9 divide 10^9; with powers of 2 up to 22 the product below stays within 2^53.
    const simple = resolution & 0x80 ? exponent <= 22 : exponent <= 9;
    this.big = simple ? null : exact;
    this.offset = offset;
  }

  convert(high: number, low: number): void {
    if (this.big !== null) this.convertBig(high, low, this.big);
    else if (high < 0x200000) this.convertExact(high * 0x1_0000_0000 + low);
    else this.convertLong(high, low);
    this.sec = Math.min(SECONDS_MAX, Math.max(-SECONDS_MAX, this.sec + this.offset));
  }

  /** Below 2^53 units doubles are exact. */
  private convertExact(units: number): void {
    let sec = Math.floor(units / this.perSecond);
    let rest = units - sec * this.perSecond;
    if (rest < 0) {
      sec--;
      rest += this.perSecond;
    }
    this.sec = sec;
    this.nano = this.nanosOf(rest);
  }

  private nanosOf(rest: number): number {
    const factor = 1e9 / this.perSecond;
    return Number.isInteger(factor) ? rest * factor : Math.floor((rest * 1e9) / this.perSecond);
  }

  /** Long division by digits of 16 bits: a remainder below 2^30 and a digit stay below 2^53. */
  private convertLong(high: number, low: number): void {
    const d = this.perSecond;
    let rest = high >>> 16;
    let sec = Math.floor(rest / d);
    rest -= sec * d;
    let part = rest * 65536 + (high & 0xffff);
    let digit = Math.floor(part / d);
    rest = part - digit * d;
    sec = sec * 65536 + digit;
    part = rest * 65536 + (low >>> 16);
    digit = Math.floor(part / d);
    rest = part - digit * d;
    sec = sec * 65536 + digit;
    part = rest * 65536 + (low & 0xffff);
    digit = Math.floor(part / d);
    rest = part - digit * d;
    this.sec = sec * 65536 + digit;
    this.nano = this.nanosOf(rest);
  }

  private convertBig(high: number, low: number, perSecond: bigint): void {
    const units = (BigInt(high) << 32n) | BigInt(low);
    this.sec = Number(units / perSecond);
    this.nano = Number(((units % perSecond) * 1_000_000_000n) / perSecond);
  }
}

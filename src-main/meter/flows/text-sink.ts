/**
 * Text written straight into bytes. Millions of lines made of strings cost more to build and to encode than to fill in
 * here: `--flows` writes more than twice as many flows a second (docs/performance.md).
 */
import { isIPv4, formatAddress } from '../hosts.ts';

const ZERO = 0x30;
const DOT = 0x2e;
const BILLION = 1e9;
const FIRST_BYTES = 1 << 16;

/** ASCII text that is written again and again. */
export function fixed(text: string): Uint8Array {
  return Uint8Array.from(text, (c) => c.charCodeAt(0));
}

export class TextSink {
  bytes: Buffer<ArrayBuffer> = Buffer.alloc(FIRST_BYTES);
  length = 0;

  /** Makes room for `count` more bytes; `fixed`, `digits` and the like rely on it. */
  reserve(count: number): void {
    if (this.length + count <= this.bytes.length) return;
    const grown = Buffer.alloc(Math.max(this.bytes.length * 2, this.length + count));
    this.bytes.copy(grown, 0, 0, this.length);
    this.bytes = grown;
  }

  /** Any text, as UTF-8; makes room for itself. */
  text(text: string): void {
    this.reserve(text.length * 3);
    const { bytes } = this;
    let at = this.length;
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i);
      if (code > 0x7f) {
        this.length += bytes.write(text, this.length);
        return;
      }
      bytes[at++] = code;
    }
    this.length = at;
  }

  /** Needs room reserved, like all that follow. */
  fixed(part: Uint8Array): void {
    const { bytes } = this;
    const at = this.length;
    for (let i = 0; i < part.length; i++) bytes[at + i] = part[i]!;
    this.length = at + part.length;
  }

  /** As `String` writes it. */
  number(value: number): void {
    if (!(value >= 0 && value <= Number.MAX_SAFE_INTEGER && Number.isInteger(value))) {
      this.text(String(value));
    } else if (value < BILLION) this.small(value);
    else {
      const high = Math.floor(value / BILLION);
      this.small(high);
      this.digits(value - high * BILLION, 9);
    }
  }

  /** `value` < 10^9 without leading zeros (also above: 10^15 / 10^9 is the most that comes). */
  private small(value: number): void {
    let width = 1;
    for (let limit = 10; value >= limit; limit *= 10) width++;
    this.digits(value, width);
  }

  /** The `width` lowest decimal digits of a whole number below 2^31. */
  digits(value: number, width: number): void {
    const { bytes } = this;
    let rest = value | 0;
    for (let at = this.length + width - 1; at >= this.length; at--) {
      const tenth = (rest / 10) | 0;
      bytes[at] = ZERO + rest - tenth * 10;
      rest = tenth;
    }
    this.length += width;
  }

  /** The address of four words at `words[at…]`, as `formatAddress` writes it. */
  address(words: Uint32Array, at: number): void {
    if (!isIPv4(words, at)) {
      this.text(formatAddress(words, at));
      return;
    }
    const word = words[at + 3]!;
    this.octet(word >>> 24);
    this.bytes[this.length++] = DOT;
    this.octet((word >>> 16) & 255);
    this.bytes[this.length++] = DOT;
    this.octet((word >>> 8) & 255);
    this.bytes[this.length++] = DOT;
    this.octet(word & 255);
  }

  private octet(value: number): void {
    this.digits(value, value < 10 ? 1 : value < 100 ? 2 : 3);
  }

  /** All that was written, as a string; the sink is empty afterwards. */
  take(): string {
    const text = this.bytes.toString('utf8', 0, this.length);
    this.length = 0;
    return text;
  }
}

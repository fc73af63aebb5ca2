/** Bytes of a batch, written and read one after the other. Reading trusts nothing: what is not there is refused. */
import { WireError } from './error.ts';

const SAFE_BITS = 53;
/** Bytes of the longest varint there is. */
const VARINT_MAX = Math.ceil(SAFE_BITS / 7);
const TEXT = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

export class ByteWriter {
  private bytes: Buffer = Buffer.allocUnsafe(1 << 16);
  length = 0;

  private room(more: number): void {
    if (this.length + more <= this.bytes.length) return;
    const wider = Buffer.allocUnsafe(Math.max(this.bytes.length * 2, this.length + more));
    this.bytes.copy(wider, 0, 0, this.length);
    this.bytes = wider;
  }

  u8(value: number): void {
    this.room(1);
    this.bytes[this.length++] = value;
  }

  u32(value: number): void {
    this.room(4);
    this.length = this.bytes.writeUInt32LE(value, this.length);
  }

  f64(value: number): void {
    this.room(8);
    this.length = this.bytes.writeDoubleLE(value, this.length);
  }

  /** A whole number from 0 to 2^53 - 1: seven bits a byte, the lowest first. */
  varint(value: number): void {
    this.room(VARINT_MAX);
    let left = value;
    while (left >= 0x80) {
      this.bytes[this.length++] = (left % 0x80) | 0x80;
      left = Math.floor(left / 0x80);
    }
    this.bytes[this.length++] = left;
  }

  raw(bytes: Uint8Array): void {
    this.room(bytes.length);
    this.bytes.set(bytes, this.length);
    this.length += bytes.length;
  }

  /** UTF-8, with its length in bytes before it. */
  text(text: string): void {
    const bytes = Buffer.from(text, 'utf8');
    this.varint(bytes.length);
    this.raw(bytes);
  }

  /** Valid until more is written. */
  done(): Buffer {
    return this.bytes.subarray(0, this.length);
  }
}

export class ByteReader {
  private readonly bytes: Buffer;
  private at = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get left(): number {
    return this.bytes.length - this.at;
  }

  /** How far it was read. */
  get offset(): number {
    return this.at;
  }

  private take(count: number): number {
    if (count > this.left) throw new WireError('truncated', 'it ends in the middle of a value');
    const at = this.at;
    this.at += count;
    return at;
  }

  u8(): number {
    return this.bytes[this.take(1)]!;
  }

  u32(): number {
    return this.bytes.readUInt32LE(this.take(4));
  }

  f64(): number {
    return this.bytes.readDoubleLE(this.take(8));
  }

  varint(most: number): number {
    let value = 0;
    let scale = 1;
    for (let count = 0; count < VARINT_MAX; count++) {
      const byte = this.u8();
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) {
        if (value > most) throw new WireError('out-of-range', `a number is ${value}, above ${most}`);
        return value;
      }
      scale *= 0x80;
    }
    throw new WireError('out-of-range', 'a number is longer than any may be');
  }

  /** Shares the memory of what is read. */
  raw(count: number): Buffer {
    const at = this.take(count);
    return this.bytes.subarray(at, at + count);
  }

  /** @param most UTF-16 units of the text. */
  text(most: number): string {
    const bytes = this.raw(this.varint(most * 3));
    let text: string;
    try {
      text = TEXT.decode(bytes);
    } catch {
      throw new WireError('bad-text', 'a text is no UTF-8');
    }
    if (text.length > most) throw new WireError('too-long', `a text has ${text.length} characters, above ${most}`);
    return text;
  }

  end(): void {
    if (this.left > 0) throw new WireError('trailing', `${this.left} bytes follow its end`);
  }
}

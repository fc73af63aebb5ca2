/** The bytes of one side of a stream that rules have not looked at yet, and some before them. */
import { Stream } from '../../../meter/streams/stream.ts';

/** New bytes after which rules look without waiting for more. */
export const CHUNK = 2560;
/** Bytes before the new ones that are looked at once more: contents may lie across. */
export const OVERLAP = 512;

const NO_BYTES = new Uint8Array(0);

export class SideWindow {
  /** Undefined until the first byte. */
  opened: Stream | undefined;
  /** Sequence number after the greeting; -1: not seen. */
  start = -1;
  buffer: Uint8Array = NO_BYTES;
  /** Bytes in `buffer`, and those of them that were looked at. */
  length = 0;
  looked = 0;
  /** Bytes from the beginning of the stream to the end of the window. */
  total = 0;
  ended = false;
  /** Rules look at these bytes; undefined: not known yet. */
  wanted: boolean | undefined;
  /** The highest and lowest sequence numbers seen: for sizes of streams. */
  first = -1;
  highest = 0;

  get stream(): Stream {
    return (this.opened ??= new Stream());
  }

  add(data: Uint8Array, at: number, end: number): void {
    const size = end - at;
    if (this.length + size > this.buffer.length) {
      const larger = new Uint8Array(Math.max(2 * CHUNK, 2 * (this.length + size)));
      larger.set(this.buffer.subarray(0, this.length));
      this.buffer = larger;
    }
    this.buffer.set(data.subarray(at, end), this.length);
    this.length += size;
    this.total += size;
  }

  get fresh(): number {
    return this.length - this.looked;
  }

  /** What is in the window was looked at; only its end is kept. */
  settle(): void {
    if (this.length === 0) return;
    const keep = Math.min(OVERLAP, this.length);
    this.buffer.copyWithin(0, this.length - keep, this.length);
    this.length = this.looked = keep;
    if (this.buffer.length > 16 * CHUNK) this.buffer = this.buffer.slice(0, Math.max(2 * CHUNK, keep));
  }

  /** Bytes are missing: nothing lies across. */
  clear(): void {
    this.length = this.looked = 0;
  }

  bytes(): Uint8Array {
    return this.buffer.subarray(0, this.length);
  }

  note(seq: number, length: number): void {
    if (this.first < 0) {
      this.first = seq;
      this.highest = 0;
    }
    const reach = (seq - this.first + length) | 0;
    if (reach > this.highest) this.highest = reach;
  }
}

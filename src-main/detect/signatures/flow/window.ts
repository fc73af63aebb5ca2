/** The bytes of one side of a stream that rules have not looked at yet, and some before them. */
import { Stream } from '../../../meter/streams/stream.ts';

/** New bytes after which rules look without waiting for more. */
export const CHUNK = 2560;
/** Bytes before the new ones that are looked at once more: contents may lie across. */
export const OVERLAP = 512;

const NO_BYTES: Uint8Array<ArrayBuffer> = new Uint8Array(0);
/** Rooms of windows that are over: making one costs more than what is written into it. */
const spare: Uint8Array<ArrayBuffer>[] = [];
const SPARE = 256;
const ROOM = 2 * CHUNK;

export class SideWindow {
  /** Undefined until the first byte. */
  opened: Stream | undefined;
  /** Sequence number after the greeting; -1: not seen. */
  start = -1;
  buffer: Uint8Array<ArrayBuffer> = NO_BYTES;
  /** Bytes in `buffer`, and those of them that were looked at. */
  length = 0;
  looked = 0;
  /** Bytes since the last look that were not kept. */
  passed = 0;
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
      const wanted = Math.max(ROOM, 2 * (this.length + size));
      const larger = (wanted === ROOM ? spare.pop() : undefined) ?? new Uint8Array(wanted);
      larger.set(this.buffer.subarray(0, this.length));
      this.giveBack();
      this.buffer = larger;
    }
    this.buffer.set(data.subarray(at, end), this.length);
    this.length += size;
    this.total += size;
  }

  /** More that no rule is about: it counts, and is not kept. Only where nothing waits to be looked at. */
  pass(size: number): void {
    this.passed += size;
    this.total += size;
  }

  get fresh(): number {
    return this.length - this.looked + this.passed;
  }

  /** What is in the window was looked at; only its end is kept. */
  settle(): void {
    if (this.passed > 0) {
      this.clear();
      return;
    }
    if (this.length === 0) return;
    const keep = Math.min(OVERLAP, this.length);
    this.buffer.copyWithin(0, this.length - keep, this.length);
    this.length = this.looked = keep;
    if (this.buffer.length > 16 * CHUNK) this.buffer = this.buffer.slice(0, Math.max(ROOM, keep));
  }

  /** Nothing more comes, and nothing is looked at any more. */
  release(): void {
    this.clear();
    this.giveBack();
  }

  private giveBack(): void {
    if (this.buffer.length === ROOM && spare.length < SPARE) spare.push(this.buffer);
    this.buffer = NO_BYTES;
  }

  /** Bytes are missing: nothing lies across. */
  clear(): void {
    this.length = this.looked = this.passed = 0;
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

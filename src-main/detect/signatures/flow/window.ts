/** The bytes of one side of a stream that rules have not looked at yet, and some before them. */
import { Stream } from '../../../meter/streams/stream.ts';
import { giveRoom, takeRoom } from '../app/rooms.ts';
import type { PlacedCandidates } from '../engine/candidates.ts';

/** New bytes after which rules look without waiting for more. */
export const CHUNK = 2560;
/** Bytes before the new ones that are looked at once more: contents may lie across. */
export const OVERLAP = 512;

/** Bytes that are copied sooner one by one. */
const FEW = 48;

const NO_BYTES: Uint8Array = new Uint8Array(0);
const ROOM = 2 * CHUNK;
/** Of most flows that say little. */
const SMALL = 1024;

export class SideWindow {
  /** Undefined until the first byte. */
  opened: Stream | undefined;
  /** Sequence number after the greeting; -1: not seen. */
  start = -1;
  buffer: Uint8Array = NO_BYTES;
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
  /** Rules without a protocol that may be about its bytes; undefined: not looked up yet. */
  inStream: PlacedCandidates | undefined;
  /** The highest and lowest sequence numbers seen: for sizes of streams. */
  first = -1;
  highest = 0;

  get stream(): Stream {
    return (this.opened ??= new Stream(false));
  }

  add(data: Uint8Array, at: number, end: number): void {
    const size = end - at;
    if (this.length + size > this.buffer.length) {
      const wanted = this.length + size;
      const larger = takeRoom(wanted <= SMALL ? SMALL : Math.max(ROOM, 2 * wanted));
      if (this.length > 0) larger.set(this.buffer.subarray(0, this.length));
      this.giveBack();
      this.buffer = larger;
    }
    if (size < FEW) for (let i = at, to = this.length; i < end; i++, to++) this.buffer[to] = data[i]!;
    else this.buffer.set(data.subarray(at, end), this.length);
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
    if (this.buffer.length > 16 * CHUNK) this.shrink(keep);
  }

  private shrink(keep: number): void {
    const smaller = takeRoom(Math.max(ROOM, keep));
    smaller.set(this.buffer.subarray(0, keep));
    this.giveBack();
    this.buffer = smaller;
  }

  /** Nothing more comes, and nothing is looked at any more. */
  release(): void {
    this.clear();
    this.giveBack();
  }

  private giveBack(): void {
    giveRoom(this.buffer);
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

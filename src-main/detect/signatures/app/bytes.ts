/** Bytes as the parsers of the application layer handle them. Text is Latin-1: one letter a byte, nothing lost. */
import { giveRoom, takeRoom } from './rooms.ts';

export const EMPTY: Uint8Array = new Uint8Array(0);

export const LF = 10;
export const CR = 13;
export const SPACE = 32;

/** Node's own decoder works on any bytes; called so it needs no `Buffer` object a call. */
const { latin1Slice } = Buffer.prototype as unknown as {
  latin1Slice(this: Uint8Array, from: number, to: number): string;
};

/** Calling the decoder takes longer than putting together so few letters. */
const SHORT = 8;

/** The letters of bytes `from` up to `to`, which are there. */
export function textOf(data: Uint8Array, from: number, to: number): string {
  if (to - from > SHORT) return latin1Slice.call(data, from, to);
  let text = '';
  for (let i = from; i < to; i++) text += String.fromCharCode(data[i]!);
  return text;
}

/** The letters of bytes `from` up to `to`, as far as they are there. */
export function latin(data: Uint8Array, from = 0, to = data.length): string {
  return textOf(data, Math.max(0, from), Math.min(to, data.length));
}

export function bytesOf(text: string): Uint8Array {
  return Buffer.from(text, 'latin1');
}

/** A copy that outlives the call it was given in. */
export function copy(data: Uint8Array, from = 0, to = data.length): Uint8Array {
  return new Uint8Array(data.subarray(from, to));
}

/** Numbers in network order; -1 beyond the end. */
export function u8(data: Uint8Array, at: number): number {
  return data[at] ?? -1;
}

export function u16(data: Uint8Array, at: number): number {
  return at + 2 <= data.length ? data[at]! * 256 + data[at + 1]! : -1;
}

export function u24(data: Uint8Array, at: number): number {
  return at + 3 <= data.length ? data[at]! * 65_536 + u16(data, at + 1) : -1;
}

export function u32(data: Uint8Array, at: number): number {
  return at + 4 <= data.length ? u16(data, at) * 65_536 + u16(data, at + 2) : -1;
}

/** The same in little-endian order. */
export function le16(data: Uint8Array, at: number): number {
  return at + 2 <= data.length ? data[at]! + data[at + 1]! * 256 : -1;
}

export function le32(data: Uint8Array, at: number): number {
  return at + 4 <= data.length ? le16(data, at) + le16(data, at + 2) * 65_536 : -1;
}

export function equalAt(data: Uint8Array, at: number, text: string): boolean {
  if (at + text.length > data.length) return false;
  for (let i = 0; i < text.length; i += 1) if (data[at + i] !== text.charCodeAt(i)) return false;
  return true;
}

/** What begins with more than a few bytes is likely to go on. */
const ROOM = 4096;

/** Bytes of a direction that are not yet used, in one piece. */
export class ByteQueue {
  #room: Uint8Array = EMPTY;
  #start = 0;
  #end = 0;

  get length(): number {
    return this.#end - this.#start;
  }

  view(): Uint8Array {
    return this.#room.subarray(this.#start, this.#end);
  }

  push(bytes: Uint8Array): void {
    if (this.#end + bytes.length > this.#room.length) this.#grow(bytes.length);
    this.#room.set(bytes, this.#end);
    this.#end += bytes.length;
  }

  take(count: number): void {
    this.#start = Math.min(this.#start + Math.max(0, count), this.#end);
    if (this.#start === this.#end) this.clear();
  }

  clear(): void {
    giveRoom(this.#room);
    this.#room = EMPTY;
    this.#start = 0;
    this.#end = 0;
  }

  #grow(by: number): void {
    const room = takeRoom(Math.max(2 * this.length, this.length + by, by > ROOM / 16 ? ROOM : 0));
    room.set(this.view());
    giveRoom(this.#room);
    this.#end = this.length;
    this.#start = 0;
    this.#room = room;
  }
}

/** What is expected gets room ahead, up to so many times of what came: who announces much has to send some of it. */
const AHEAD = 8;

/** Collects up to `max` bytes and counts all that were offered. */
export class Collector {
  total = 0;
  /** Bytes that are announced, these and those so far. */
  expected = 0;
  readonly #max: number;
  #room: Uint8Array = EMPTY;
  #kept = 0;
  /** Somebody may look into the room. */
  #isShown = false;

  constructor(max: number) {
    this.#max = max;
  }

  add(bytes: Uint8Array): void {
    this.addOf(bytes, 0, bytes.length);
  }

  /** Bytes [at, end) of `data`. */
  addOf(data: Uint8Array, at: number, end: number): void {
    this.total += end - at;
    const size = Math.min(this.#max - this.#kept, end - at);
    if (size <= 0) return;
    const wanted = this.#kept + size;
    if (wanted > this.#room.length) this.#grow(wanted);
    this.#room.set(size === data.length ? data : data.subarray(at, at + size), this.#kept);
    this.#kept = wanted;
  }

  /** Those collected so far; what is added later leaves them as they are. */
  bytes(): Uint8Array {
    this.#isShown = true;
    return this.#room.subarray(0, this.#kept);
  }

  /** Nobody looks at what was collected any more. */
  release(): void {
    giveRoom(this.#room);
    this.#room = EMPTY;
    this.#kept = 0;
  }

  #grow(wanted: number): void {
    const ahead = Math.min(this.expected, this.#max, AHEAD * wanted);
    const room = takeRoom(Math.max(wanted, ahead));
    if (this.#kept > 0) room.set(this.#room.subarray(0, this.#kept));
    // The one before is left to who may look into it.
    if (!this.#isShown) giveRoom(this.#room);
    this.#isShown = false;
    this.#room = room;
  }
}

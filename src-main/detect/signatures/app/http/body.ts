/** Reads the body of a message as its framing says, and as it is when the framing is wrong. */
import { Collector, LF, latin } from '../bytes.ts';
import { LIMITS } from '../limits.ts';
import { lineAt } from './lines.ts';

export type Framing =
  { readonly kind: 'length'; readonly length: number } | { readonly kind: 'chunked' | 'close' | 'none' };

/** A line that tells a chunk's size is no longer than this. */
const SIZE_LINE_MAX = 1024;

/** The size that a chunk line tells; -1: it tells none. White space, `0x`, leading zeros, extensions and a little junk are passed over. */
export function chunkSize(line: string): number {
  const digits = /^[\s\0]*(?:0x)?([0-9a-f]+)(?:[\s\0;].*|.{0,8})$/is.exec(line)?.[1];
  if (digits === undefined) return -1;
  const size = Number.parseInt(digits.replace(/^0+(?=.)/, '').slice(0, 9), 16);
  return size > 0x7fff_ffff ? -1 : size;
}

export class BodyReader {
  readonly body = new Collector(LIMITS.body);
  done: boolean;
  /** A chunk's size could not be read; the rest was taken as it is. */
  badChunk = false;
  /** A chunk had an extension. */
  extension = false;
  readonly #answer: boolean;
  #state: 'length' | 'close' | 'size' | 'data' | 'after' | 'trailer';
  #left: number;
  #any = false;

  constructor(framing: Framing, answer: boolean) {
    this.#answer = answer;
    this.done = framing.kind === 'none' || (framing.kind === 'length' && framing.length === 0);
    this.#left = this.body.expected = framing.kind === 'length' ? framing.length : 0;
    this.#state = framing.kind === 'chunked' ? 'size' : framing.kind === 'length' ? 'length' : 'close';
  }

  /** Reads from `at`; returns where it stopped. */
  read(data: Uint8Array, start: number, last: boolean): number {
    let at = start;
    while (!this.done && at < data.length) {
      const next = this.#step(data, at, last);
      if (next < 0) break;
      at = next;
    }
    return at;
  }

  /** Takes bytes [at, end) where all of them are of the body, wherever they end; else false. */
  take(data: Uint8Array, at: number, end: number): boolean {
    if (this.done) return false;
    if (this.#state !== 'close') {
      if ((this.#state !== 'length' && this.#state !== 'data') || end - at > this.#left) return false;
      this.#left -= end - at;
      this.#emptied();
    }
    this.body.addOf(data, at, end);
    return true;
  }

  /** Bytes lost; false: it cannot be known where the message goes on. */
  skip(missing: number): boolean {
    if (this.#state === 'close') return true;
    if ((this.#state !== 'length' && this.#state !== 'data') || missing > this.#left) return false;
    this.#left -= missing;
    this.#emptied();
    return true;
  }

  #step(data: Uint8Array, at: number, last: boolean): number {
    switch (this.#state) {
      case 'close':
        this.body.addOf(data, at, data.length);
        return data.length;
      case 'length':
      case 'data':
        return this.#take(data, at);
      case 'after':
        return this.#afterChunk(data, at, last);
      case 'trailer':
        return this.#trailer(data, at, last);
      case 'size':
        return this.#size(data, at, last);
    }
  }

  #take(data: Uint8Array, at: number): number {
    const end = Math.min(data.length, at + this.#left);
    this.body.addOf(data, at, end);
    this.#left -= end - at;
    this.#emptied();
    return end;
  }

  #emptied(): void {
    if (this.#left > 0) return;
    if (this.#state === 'length') this.done = true;
    else this.#state = 'after';
  }

  /** The end of line after a chunk; where it is missing, the next size starts at once. */
  #afterChunk(data: Uint8Array, at: number, last: boolean): number {
    let end = at;
    while (end < data.length && data[end] !== LF && (data[end] === 13 || data[end] === 32 || data[end] === 9)) end += 1;
    if (end - at > SIZE_LINE_MAX) return this.#giveUp(at);
    if (end === data.length && !last) return -1;
    this.#state = 'size';
    return data[end] === LF ? end + 1 : end;
  }

  #trailer(data: Uint8Array, at: number, last: boolean): number {
    const line = lineAt(data, at, false, last);
    if (line === null) {
      this.done = data.length - at > LIMITS.line;
      return -1;
    }
    if (line.end === at) this.done = true;
    // What is no header is what comes after the message.
    else if (!data.subarray(at, line.end).includes(58)) {
      this.done = true;
      return at;
    }
    return line.next;
  }

  #size(data: Uint8Array, at: number, last: boolean): number {
    const lf = data.indexOf(LF, at);
    const end = lf < 0 ? data.length : lf;
    if (end - at > SIZE_LINE_MAX) return this.#giveUp(at);
    if (lf < 0 && !last) return hopeless(data, at) ? this.#giveUp(at) : -1;
    const line = latin(data, at, end);
    if (line.trim() === '' && lf >= 0) return lf + 1;
    const size = chunkSize(line);
    if (size < 0) return this.#giveUp(at);
    this.extension ||= line.includes(';');
    this.#any = true;
    this.#left = size;
    this.body.expected = this.body.total + size;
    this.#state = size === 0 ? 'trailer' : 'data';
    return lf < 0 ? end : lf + 1;
  }

  /** Not chunked after all: a request ends here, an answer goes on as it is. */
  #giveUp(at: number): number {
    this.badChunk = true;
    if (this.#answer || !this.#any) this.#state = 'close';
    else this.done = true;
    return at;
  }
}

/** Whether the first byte of a line that has no end yet already says that it tells no size. */
function hopeless(data: Uint8Array, at: number): boolean {
  return !/[\s\0-9a-f]/i.test(String.fromCharCode(data[at]!));
}

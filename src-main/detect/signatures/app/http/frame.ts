/** The bytes of requests and answers of HTTP/1 as they came, for rules about frames. */
import { Pieces } from '../frames.ts';
import type { AppContext } from '../protocol.ts';
import type { Direction } from '../types.ts';
import { isSpace } from './lines.ts';

/** One message after the other of a direction. Nobody asks for them: nothing is kept. */
export class MessageFrame {
  readonly #context: AppContext;
  readonly #direction: Direction;
  /** Of a message that has begun. */
  #pieces: Pieces | null = null;
  #over = false;

  constructor(context: AppContext, direction: Direction) {
    this.#context = context;
    this.#direction = direction;
  }

  /** Whether anybody asks for messages. */
  get isAsked(): boolean {
    return this.#context.framed('http1');
  }

  /** Bytes [from, to) that a step of the reader used; a message may have ended with it or before it. */
  used(data: Uint8Array, from: number, to: number): void {
    if (this.isAsked) this.#add(data.subarray(from, to));
    if (this.#over) this.tell();
  }

  /** Empty lines before a message are none of its bytes. */
  #add(bytes: Uint8Array): void {
    let at = 0;
    while (this.#pieces === null && at < bytes.length && (isSpace(bytes[at]) || bytes[at] === 0)) at += 1;
    if (at >= bytes.length) return;
    this.#pieces ??= new Pieces();
    this.#pieces.add(bytes.subarray(at));
  }

  gap(): void {
    this.#pieces?.gap();
  }

  /** The step at hand ends the message: what it uses is still of it. */
  ends(): void {
    this.#over = true;
  }

  /** What there is of the message is told. */
  tell(): void {
    this.#over = false;
    const pieces = this.#pieces;
    this.#pieces = null;
    if (pieces === null) return;
    this.#context.frame(this.#direction === 0 ? 'http1.request' : 'http1.response', this.#direction, pieces.take());
  }
}

/** Answers of HTTP/1, with the leniency of browsers: junk before the status line, none at all, more body than was announced. */
import { copy, latin } from '../bytes.ts';
import { LIMITS } from '../limits.ts';
import type { AppContext } from '../protocol.ts';
import { Side } from '../side.ts';
import { BodyReader } from './body.ts';
import { addBody, addHeaders, addRaw } from './buffers.ts';
import { responseEvents } from './events.ts';
import { MessageFrame } from './frame.ts';
import { responseFraming } from './framing.ts';
import { HeaderReader } from './header-reader.ts';
import { lineAt } from './lines.ts';
import { isStatus, readStatusLine, statusLine } from './status.ts';
import type { Asked } from './request.ts';

interface Message {
  readonly asked: Asked;
  readonly line: Uint8Array;
  readonly protocol: string;
  readonly code: string;
  readonly text: string;
  readonly head: HeaderReader;
  body: BodyReader | null;
}

export class ResponseReader {
  readonly #context: AppContext;
  readonly #next: () => Asked;
  /** Once the headers are there: true if the flow is no more of HTTP after them. */
  readonly #leaves: (asked: Asked, code: number, head: HeaderReader) => boolean;
  #now: Message | null = null;
  #lost = false;
  #left = false;
  #progress = false;
  readonly #frame: MessageFrame;

  constructor(
    context: AppContext,
    next: () => Asked,
    leaves: (asked: Asked, code: number, head: HeaderReader) => boolean,
  ) {
    this.#context = context;
    this.#frame = new MessageFrame(context, 1);
    this.#next = next;
    this.#leaves = leaves;
  }

  read(data: Uint8Array, last: boolean): number {
    let at = 0;
    while (at < data.length && !this.#lost && !this.#left) {
      this.#progress = false;
      const next = this.#step(data, at, last);
      this.#frame.used(data, at, next);
      if (next === at && !this.#progress) break;
      at = next;
    }
    return this.#lost ? data.length : at;
  }

  /** Takes bytes that are all of the body; false: they have to be read. */
  pass(data: Uint8Array, at: number, end: number): boolean {
    const body = this.#now?.body;
    return body !== null && body !== undefined && !this.#frame.isAsked && body.take(data, at, end);
  }

  #step(data: Uint8Array, at: number, last: boolean): number {
    const now = this.#now;
    if (now === null) return this.#start(data, at, last);
    if (!now.head.done) return this.#headers(now, data, at, last);
    if (now.body !== null && !now.body.done) return now.body.read(data, at, last);
    return this.#after(now, data, at);
  }

  /** What follows a complete answer: the next one, or more of its body than was announced. */
  #after(now: Message, data: Uint8Array, at: number): number {
    const told = statusLine(data, at);
    if (told === 'more') return at;
    if (told === 'yes') this.#finish();
    else now.body = this.#more(now);
    this.#progress = true;
    return at;
  }

  #more(now: Message): BodyReader {
    const before = now.body;
    const body = new BodyReader({ kind: 'close' }, true);
    if (before !== null) {
      body.body.add(before.body.bytes());
      before.body.release();
      body.badChunk = before.badChunk;
    }
    return body;
  }

  #start(data: Uint8Array, from: number, last: boolean): number {
    const told = statusLine(data, from);
    if (told === 'more' && !last) return from;
    const line = lineAt(data, from, true, last);
    if ((line?.end ?? data.length) - from > LIMITS.headers) return this.#bodyOnly(from);
    if (line === null) return from;
    if (told === 'yes' && isStatus(data, from, line.end)) return this.#begin(data, from, line.end, line.next);
    // A line that is none is passed over where the status line comes after it.
    if (line.next >= data.length && !last) return from;
    const blank = latin(data, from, line.end).trim() === '';
    const next = data[line.next];
    if (blank || next === 72 || next === 104) return line.next;
    return this.#bodyOnly(from);
  }

  #begin(data: Uint8Array, from: number, end: number, next: number): number {
    const told = readStatusLine(data, from, end);
    const line = copy(data, from, end);
    this.#now = { asked: this.#next(), line, ...told, head: new HeaderReader(true), body: null };
    return next;
  }

  /** HTTP/0.9: everything is body. */
  #bodyOnly(at: number): number {
    const head = new HeaderReader(true);
    head.done = true;
    const body = new BodyReader({ kind: 'close' }, true);
    this.#now = { asked: this.#next(), line: copy(new Uint8Array(0)), protocol: '', code: '', text: '', head, body };
    this.#progress = true;
    return at;
  }

  #headers(now: Message, data: Uint8Array, at: number, last: boolean): number {
    const next = now.head.read(data, at, last);
    this.#lost = now.head.lost;
    if (!now.head.done) return next;
    const { headers } = now.head;
    const code = Number.parseInt(now.code, 10);
    const framing = responseFraming(headers, code, now.asked.method);
    // An interim answer: the one that counts follows.
    if (code === 100 && framing.kind === 'none') {
      this.#interim(now);
      return next;
    }
    now.body = new BodyReader(framing, true);
    if (this.#leaves(now.asked, code, now.head)) {
      now.body = null;
      this.#finish();
      this.#left = true;
    }
    return next;
  }

  #interim(now: Message): void {
    this.#frame.ends();
    this.#now = null;
    this.#progress = true;
    this.#again = now.asked;
  }

  #again: Asked | null = null;

  /** The request that the next answer belongs to. */
  takeAgain(): Asked | null {
    const again = this.#again;
    this.#again = null;
    return again;
  }

  skip(missing: number): boolean {
    if (this.#now?.body?.skip(missing) !== true) return false;
    this.#frame.gap();
    return true;
  }

  /** Whether an answer is complete and only waits for what might follow it. */
  get idle(): boolean {
    return this.#now?.head.done === true && (this.#now.body === null || this.#now.body.done);
  }

  /** Hands on what there is of an answer. */
  flush(): void {
    this.#finish();
    this.#frame.tell();
  }

  #finish(): void {
    const now = this.#now;
    this.#now = null;
    if (now === null) return;
    this.#frame.ends();
    now.head.finish();
    const { asks, hears } = this.#context.options;
    const heard = hears?.('http') ?? true;
    const side = new Side('http1', 1, now.asked.id, asks);
    const { headers } = now.head;
    if (now.line.length > 0) side.add('http.response_line', now.line).add('http.protocol', now.protocol);
    if (now.code !== '') side.add('http.stat_code', now.code);
    if (now.text !== '') side.add('http.stat_msg', now.text);
    addHeaders(side, headers);
    addRaw(side, now.line, now.head.raw.bytes());
    const { body } = now;
    const decoded =
      body === null ? null : addBody(side, headers, body.body.bytes(), body.body.total, now.asked.path, heard);
    this.#context.transaction(side.done());
    if (heard) for (const name of responseEvents(now, headers, body, decoded)) this.#context.event(`http.${name}`, 1);
    now.head.raw.release();
    body?.body.release();
  }
}

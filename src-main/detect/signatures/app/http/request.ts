/** Requests of HTTP/1 (RFC 9112), one after another. */
import { copy, equalAt, latin } from '../bytes.ts';
import { LIMITS } from '../limits.ts';
import type { AppContext } from '../protocol.ts';
import { Side } from '../side.ts';
import { BodyReader } from './body.ts';
import { addBody, addHeaders, addHost, addRaw } from './buffers.ts';
import { requestEvents } from './events.ts';
import { MessageFrame } from './frame.ts';
import { requestFraming } from './framing.ts';
import { HeaderReader } from './header-reader.ts';
import { isSpace, lineAt } from './lines.ts';
import { readRequestLine, readTarget, type RequestLine } from './uri.ts';

/** What the answer needs to know of its request. */
export interface Asked {
  readonly id: number;
  readonly method: string;
  readonly protocol: string;
  readonly path: string;
}

/** What a request consists of so far. */
interface Message {
  readonly id: number;
  readonly line: RequestLine;
  readonly lineBytes: Uint8Array;
  readonly head: HeaderReader;
  body: BodyReader | null;
}

export class RequestReader {
  #context: AppContext;
  #asked: (asked: Asked) => void;
  #now: Message | null = null;
  #count = 0;
  #lost = false;
  readonly #frame: MessageFrame;

  constructor(context: AppContext, asked: (asked: Asked) => void) {
    this.#context = context;
    this.#frame = new MessageFrame(context, 0);
    this.#asked = asked;
  }

  /** After CONNECT: what follows is of the tunnel, unless the answer refuses it. */
  paused = false;

  read(data: Uint8Array, last: boolean): number {
    let at = 0;
    while (at < data.length && !this.#lost && !this.paused) {
      const next = this.#step(data, at, last);
      this.#frame.used(data, at, next);
      if (next === at && !this.#progress) break;
      at = next;
    }
    return this.#lost ? data.length : at;
  }

  /** Set by a step that changed the state without using bytes. */
  #progress = false;

  #step(data: Uint8Array, at: number, last: boolean): number {
    this.#progress = false;
    const now = this.#now;
    if (now === null) return this.#start(data, at, last);
    if (!now.head.done) return this.#headers(now, data, at, last);
    const { body } = now;
    const next = body?.read(data, at, last) ?? at;
    if (body === null || body.done) this.#finish();
    return next;
  }

  #start(data: Uint8Array, from: number, last: boolean): number {
    let at = from;
    while (at < data.length && (isSpace(data[at]) || data[at] === 0)) at += 1;
    const line = at < data.length ? lineAt(data, at, false, last) : null;
    if ((line?.end ?? data.length) - at > LIMITS.headers) this.#lost = true;
    if (line === null || this.#lost) return at;
    // HTTP/2 begins: after an upgrade, if the answer agrees.
    if (equalAt(data, at, 'PRI * HTTP/2')) {
      this.paused = true;
      return at;
    }
    const told = readRequestLine(data, at, line.end);
    const fields = told.protocol === '' ? startsField(data, line.next) : 'yes';
    if (fields === 'more' && !last) return at;
    this.#now = {
      id: this.#count,
      line: told,
      lineBytes: copy(data, at, line.end),
      head: new HeaderReader(false),
      body: null,
    };
    this.#count += 1;
    this.#asked({ id: this.#now.id, method: told.method, protocol: told.protocol, path: told.target });
    if (fields !== 'yes') this.#finish();
    return line.next;
  }

  #headers(now: Message, data: Uint8Array, at: number, last: boolean): number {
    const next = now.head.read(data, at, last);
    this.#lost = now.head.lost;
    if (!now.head.done) return next;
    now.body = new BodyReader(
      now.line.method === 'CONNECT' ? { kind: 'none' } : requestFraming(now.head.headers),
      false,
    );
    if (now.body.done) this.#finish();
    return next;
  }

  skip(missing: number): boolean {
    if (this.#now?.body?.skip(missing) !== true) return false;
    this.#frame.gap();
    return true;
  }

  /** What there is of a request that does not end. */
  end(): void {
    if (this.#now !== null) this.#finish();
    this.#frame.tell();
  }

  #finish(): void {
    const now = this.#now;
    this.#now = null;
    this.#progress = true;
    if (now === null) return;
    this.#frame.ends();
    now.head.finish();
    this.paused = now.line.method === 'CONNECT';
    const { headers } = now.head;
    const target = readTarget(now.line.target);
    const { asks, hears } = this.#context.options;
    const heard = hears?.('http') ?? true;
    const side = new Side('http1', 0, now.id, asks);
    side.add('http.method', now.line.method).add('http.uri', target.normal).add('http.uri.raw', now.line.target);
    side.number('urilen', target.normal.length).number('urilen.raw', now.line.target.length);
    if (now.line.protocol !== '') side.add('http.protocol', now.line.protocol);
    side.add('http.request_line', now.lineBytes);
    addHeaders(side, headers);
    addHost(side, headers, target.host);
    addRaw(side, now.lineBytes, now.head.raw.bytes());
    const { body } = now;
    const decoded =
      body === null ? null : addBody(side, headers, body.body.bytes(), body.body.total, target.normal, heard);
    this.#context.transaction(side.done());
    if (heard)
      for (const name of requestEvents(now.line, target, headers, body, decoded))
        this.#context.event(`http.${name}`, 0);
    now.head.raw.release();
    body?.body.release();
  }
}

/** Whether a header field starts there: then a request line without a protocol is not of HTTP/0.9. */
function startsField(data: Uint8Array, at: number): 'yes' | 'no' | 'more' {
  const name = /^[\w-]*/.exec(latin(data, at, at + 64))![0];
  if (at + name.length >= data.length) return 'more';
  return name !== '' && data[at + name.length] === 58 ? 'yes' : 'no';
}

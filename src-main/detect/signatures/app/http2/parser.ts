/** HTTP/2 (RFC 9113): frames and streams; its buffers are those of HTTP/1. */
import { Hpack } from '../../../../meter/protocols/inspectors/hpack.ts';
import { copy, u24, u32, u8 } from '../bytes.ts';
import type { AppContext, AppParser, AppProtocol } from '../protocol.ts';
import { Side } from '../side.ts';
import type { Direction } from '../types.ts';
import { FLAG, HEADER, settings, settingsOf, TYPE, unpad, weightOf } from './frames.ts';
import { preface, PREFACE, StreamSide } from './stream.ts';

const FRAME_MAX = 256 * 1024;
const BLOCK_MAX = 128 * 1024;
const STREAMS_MAX = 256;
/** The tables of header fields are bounded by themselves. */
const ROOM = { keep: (): boolean => true, drop: (): void => undefined };

interface Stream {
  readonly id: number;
  readonly sides: [StreamSide | null, StreamSide | null];
  path: string;
}

class Http2Parser implements AppParser {
  readonly #context: AppContext;
  readonly #tables = [new Hpack(), new Hpack()] as const;
  readonly #streams = new Map<number, Stream>();
  /** Header blocks that continue: stream and fragments so far. */
  readonly #blocks: [Block | null, Block | null] = [null, null];
  readonly #deaf: [boolean, boolean] = [false, false];
  #started = false;
  #name = 'http2';
  #count = 0;

  constructor(context: AppContext) {
    this.#context = context;
  }

  read(direction: Direction, bytes: Uint8Array, last: boolean): number {
    let at = 0;
    if (direction === 0 && !this.#started) {
      const told = preface(bytes);
      if (told === 'more' && !last) return 0;
      if (told === 'yes') at = PREFACE.length;
      this.#started = true;
    }
    while (at + HEADER <= bytes.length && !this.#deaf[direction]) {
      const length = u24(bytes, at);
      if (length > FRAME_MAX) this.#deaf[direction] = true;
      if (length > FRAME_MAX || at + HEADER + length > bytes.length) break;
      this.#frame(
        direction,
        u8(bytes, at + 3),
        u8(bytes, at + 4),
        u32(bytes, at + 5) % 2 ** 31,
        bytes.subarray(at + HEADER, at + HEADER + length),
      );
      at += HEADER + length;
    }
    return this.#deaf[direction] ? bytes.length : at;
  }

  end(direction: Direction): void {
    for (const number of [...this.#streams.keys()]) this.#finish(direction, number);
  }

  #frame(direction: Direction, type: number, flags: number, number: number, body: Uint8Array): void {
    if (number === 0) {
      this.#connection(direction, type, body);
      return;
    }
    const side = this.#side(direction, number);
    side.frame(type);
    const payload = unpad(type, flags, body);
    side.priority(weightOf(type, flags, body));
    if (type === TYPE.data) side.body.add(payload);
    else if (type === TYPE.headers) this.#headers(direction, number, flags, payload);
    else if (type === TYPE.continuation) this.#continued(direction, number, flags, payload);
    else if (type === TYPE.reset && body.length >= 4) side.errors.push(u32(body, 0));
    else if (type === TYPE.window && body.length >= 4 && side.windows.length < 64)
      side.windows.push(u32(body, 0) % 2 ** 31);
    const ends = (type === TYPE.data || type === TYPE.headers) && (flags & FLAG.end) !== 0;
    if (ends && this.#blocks[direction] === null) this.#finish(direction, number);
    else if (ends) this.#blocks[direction]!.ends = true;
    else if (type === TYPE.reset) this.#finish(direction, number);
  }

  /** Frames of the connection itself are a transaction each. */
  #connection(direction: Direction, type: number, body: Uint8Array): void {
    const side = new Side(this.#name, direction, this.#count);
    this.#count += 1;
    side.number('http2.frametype', type);
    if (type === TYPE.goAway && body.length >= 8) side.number('http2.errorcode', u32(body, 4));
    if (type === TYPE.window && body.length >= 4) side.number('http2.window', u32(body, 0) % 2 ** 31);
    if (type === TYPE.settings) for (const [id, value] of settingsOf(body)) side.number(`http2.settings.${id}`, value);
    this.#context.transaction(side.done());
  }

  #stream(number: number): Stream {
    let stream = this.#streams.get(number);
    if (stream === undefined) {
      if (this.#streams.size >= STREAMS_MAX) this.#drop(this.#streams.keys().next().value!);
      stream = { id: this.#count, sides: [null, null], path: '' };
      this.#count += 1;
      this.#streams.set(number, stream);
    }
    return stream;
  }

  #side(direction: Direction, number: number): StreamSide {
    const stream = this.#stream(number);
    return (stream.sides[direction] ??= new StreamSide());
  }

  #drop(number: number): void {
    this.#finish(0, number);
    this.#finish(1, number);
    this.#streams.delete(number);
  }

  #headers(direction: Direction, number: number, flags: number, payload: Uint8Array): void {
    if ((flags & FLAG.endHeaders) !== 0) this.#fields(direction, number, payload);
    else this.#blocks[direction] = { number, parts: [copy(payload)], size: payload.length, ends: false };
  }

  #continued(direction: Direction, number: number, flags: number, payload: Uint8Array): void {
    const block = this.#blocks[direction];
    if (block?.number !== number) return;
    block.size += payload.length;
    if (block.size > BLOCK_MAX) this.#deaf[direction] = true;
    else block.parts.push(copy(payload));
    if ((flags & FLAG.endHeaders) === 0) return;
    this.#blocks[direction] = null;
    this.#fields(direction, number, Buffer.concat(block.parts));
    if (block.ends) this.#finish(direction, number);
  }

  #fields(direction: Direction, number: number, block: Uint8Array): void {
    const side = this.#side(direction, number);
    const good = this.#tables[direction].read(block, 0, block.length, ROOM, (field) => {
      side.field(field.name, field.value);
    });
    if (!good) {
      this.#context.event('http2.failed_header_decode', direction);
      this.#deaf[direction] = true;
    }
    if (direction === 0) this.#stream(number).path = side.headers.get(':path') ?? '';
    if (this.#name === 'http2' && side.headers.fields.length > 0 && side.isDns) {
      this.#name = 'doh2';
      this.#context.named('doh2');
    }
  }

  #finish(direction: Direction, number: number): void {
    const stream = this.#streams.get(number);
    const side = stream?.sides[direction];
    if (stream === undefined || !side) return;
    stream.sides[direction] = null;
    if (side.frames.every((type) => type === TYPE.window || type === TYPE.priority)) return;
    const events: string[] = [];
    const told = side.tell(this.#name, direction, stream.id, stream.path, (name) => events.push(name));
    this.#context.transaction(told.done());
    for (const name of events) this.#context.event(`http2.${name}`, direction);
  }
}

interface Block {
  readonly number: number;
  readonly parts: Uint8Array[];
  size: number;
  /** The stream's side ends with it. */
  ends: boolean;
}

export const http2: AppProtocol = {
  name: 'http2',
  transport: 'tcp',
  recognise: (bytes, direction) => (direction === 0 ? preface(bytes) : settings(bytes)),
  open: (context) => new Http2Parser(context),
};

/** The application layer of a flow: recognises the protocol by its first bytes, on any port, and feeds its parser. */
import { ByteQueue } from './bytes.ts';
import { frameBuffer, STREAM, Streams } from './frames.ts';
import { LIMITS } from './limits.ts';
import type { AppContext, AppParser, AppProtocol } from './protocol.ts';
import { PROTOCOLS } from './registry.ts';
import type { AppFlow, AppFlowOptions, AppSink, Direction, Expected, Transaction } from './types.ts';

const over = (transport: 'tcp' | 'udp'): AppProtocol[] =>
  PROTOCOLS.filter((one) => one.transport === transport || one.transport === 'both');
const byFirst = (which: (byte: number) => AppProtocol[]): AppProtocol[][] =>
  Array.from({ length: 256 }, (_, byte) => which(byte));
/** By first byte: of most protocols it tells already that the bytes are none of theirs. */
const OF_TCP = byFirst((byte) => over('tcp').filter((one) => one.streamBeginsWith?.(byte) ?? true));
const OF_UDP = byFirst((byte) => over('udp').filter((one) => one.beginsWith?.(byte) ?? true));

const NOTHING = new Uint8Array(0);

class Context implements AppContext {
  readonly options: AppFlowOptions;
  readonly #sink: AppSink;
  readonly #become: (protocol: string | null) => void;

  constructor(options: AppFlowOptions, sink: AppSink, become: (protocol: string | null) => void) {
    this.options = options;
    this.#sink = sink;
    this.#become = become;
  }

  transaction(transaction: Transaction): void {
    this.#sink.transaction(transaction);
  }

  event(name: string, direction: Direction): void {
    this.#sink.event(name, direction);
  }

  framed(protocol: string): boolean {
    return this.options.frames?.(protocol) ?? false;
  }

  frame(name: string, direction: Direction, pieces: readonly Uint8Array[]): void {
    this.#sink.frame?.(`frame.${name}`, direction, pieces);
  }

  expect(expected: Expected): void {
    this.#sink.expect?.(expected);
  }

  named(name: string): void {
    this.#sink.protocol(name);
  }

  become(name: string | null): void {
    this.#become(name);
  }
}

class Flow implements AppFlow {
  readonly #options: AppFlowOptions;
  readonly #sink: AppSink;
  readonly #context: AppContext;
  readonly #queues = [new ByteQueue(), new ByteQueue()] as const;
  /** Of a direction: nothing of it is looked at any more. */
  readonly #deaf: [boolean, boolean] = [false, false];
  readonly #ended: [boolean, boolean] = [false, false];
  #parser: AppParser | null = null;
  /**
   * Of what another flow announced this one as. An announcement is a hint of one of the ends, who may lie: what the bytes say
   * is read beside it.
   */
  readonly #announced: AppParser | undefined;
  /** Its name, until it was told: once it is known what the bytes are. */
  #untold: string | undefined;
  #told = '';
  /** What a parser wants the flow to become. */
  #next: string | null | undefined;
  /** What both directions send, where rules ask for it as a whole. */
  readonly #streams: Streams | null;

  constructor(options: AppFlowOptions, sink: AppSink) {
    this.#options = options;
    this.#sink = sink;
    this.#streams = options.transport === 'tcp' && options.frames?.(STREAM) === true ? new Streams() : null;
    this.#context = new Context(options, sink, (name) => (this.#next = name));
    const told = options.expected && PROTOCOLS.find(({ name }) => name === options.expected?.protocol);
    this.#untold = told?.name;
    this.#announced = told?.open(this.#context);
  }

  data(direction: Direction, data: Uint8Array, at = 0, end = data.length): void {
    if (this.#ended[direction] || end <= at) return;
    this.#streams?.add(direction, data.subarray(at, end));
    this.#announced?.read(direction, data.subarray(at, end), false);
    if (this.#deaf[direction]) return;
    // Most bytes are of encrypted records and long bodies: they are not even taken in hand.
    if (
      this.#parser?.pass !== undefined &&
      this.#queues[direction].length === 0 &&
      this.#next === undefined &&
      this.#parser.pass(direction, data, at, end)
    )
      return;
    const bytes = data.subarray(at, end);
    if (this.#options.transport === 'udp') {
      this.#datagram(direction, bytes);
      return;
    }
    const queue = this.#queues[direction];
    // Where nothing waits, the parser reads what came itself: most bytes are never copied.
    const rest = queue.length === 0 ? this.#direct(direction, bytes) : bytes;
    if (rest.length === 0 && this.#next === undefined) return;
    queue.push(rest);
    this.#drain(direction);
  }

  /** What the parser leaves of `bytes`. */
  #direct(direction: Direction, bytes: Uint8Array): Uint8Array {
    let rest = bytes;
    while (rest.length > 0 && this.#parser !== null && this.#next === undefined) {
      const used = this.#parser.read(direction, rest, false);
      if (used < 0) {
        this.#giveUp(direction);
        return NOTHING;
      }
      if (used === 0) break;
      // What is used up needs no view of nothing: most is.
      rest = used === rest.length ? NOTHING : rest.subarray(used);
    }
    return rest;
  }

  gap(direction: Direction, missing: number): void {
    this.#streams?.gap(direction);
    if (this.#deaf[direction] || missing <= 0) return;
    const queue = this.#queues[direction];
    if (this.#parser === null && queue.length === 0) return;
    const goesOn =
      queue.length > 0
        ? this.#parser?.broken?.(direction, queue.view(), missing)
        : this.#parser?.gap?.(direction, missing);
    if (goesOn === true) queue.clear();
    else this.#giveUp(direction);
  }

  end(direction: Direction): void {
    if (this.#ended[direction]) return;
    this.#ended[direction] = true;
    if (!this.#deaf[direction]) this.#drain(direction);
    this.#giveUp(direction);
    this.#announced?.end(direction);
    const sent = this.#streams?.take(direction) ?? [];
    if (sent.length > 0 && this.#told !== '') this.#sink.frame?.(frameBuffer(this.#told, STREAM), direction, sent);
  }

  #giveUp(direction: Direction): void {
    this.#announce();
    const before = this.#deaf[direction];
    this.#deaf[direction] = true;
    this.#queues[direction].clear();
    if (!before) this.#parser?.end(direction);
  }

  #announce(): void {
    if (this.#untold !== undefined) this.#sink.protocol(this.#untold);
    this.#untold = undefined;
  }

  #datagram(direction: Direction, bytes: Uint8Array): void {
    if (this.#parser === null) this.#recognise(direction, bytes, true);
    if (this.#parser !== null && (this.#options.wants?.(this.#told) ?? true)) this.#parser.read(direction, bytes, true);
  }

  /** Feeds until nothing is used any more. */
  #drain(direction: Direction): void {
    const queue = this.#queues[direction];
    if (this.#next !== undefined) this.#become(this.#next);
    for (;;) {
      if (this.#parser === null) this.#recognise(direction, queue.view(), this.#ended[direction]);
      const parser = this.#parser;
      if (parser === null) break;
      const used = queue.length > 0 ? parser.read(direction, queue.view(), this.#ended[direction]) : 0;
      if (used < 0) this.#giveUp(direction);
      queue.take(used);
      if (this.#next !== undefined) this.#become(this.#next);
      else if (used <= 0 || queue.length === 0) break;
    }
    if (queue.length > LIMITS.pending) this.#giveUp(direction);
  }

  #become(name: string | null): void {
    this.#next = undefined;
    const protocol = name === null ? undefined : PROTOCOLS.find((one) => one.name === name);
    this.#parser = null;
    if (protocol !== undefined) this.#settle(protocol);
    else if (name !== null) this.#deaf.fill(true);
    else
      for (const direction of [0, 1] as const)
        this.#recognise(direction, this.#queues[direction].view(), this.#ended[direction]);
  }

  #settle(protocol: AppProtocol): void {
    this.#announce();
    if (protocol.name !== this.#told) this.#sink.protocol(protocol.name);
    this.#told = protocol.name;
    this.#parser = protocol.open(this.#context);
    this.#feedOther();
  }

  /** What waited in both directions while nothing was known. */
  #feedOther(): void {
    for (const direction of [0, 1] as const) {
      const queue = this.#queues[direction];
      while (queue.length > 0 && this.#parser !== null && this.#next === undefined) {
        const used = this.#parser.read(direction, queue.view(), this.#ended[direction]);
        if (used < 0) this.#giveUp(direction);
        queue.take(used);
        if (used === 0) break;
      }
    }
  }

  /** A protocol is taken once all before it in the registry are out of question. */
  #recognise(direction: Direction, all: Uint8Array, last: boolean): void {
    if (all.length === 0 || this.#parser !== null) return;
    const { transport } = this.#options;
    const bytes = transport === 'udp' ? all : all.subarray(0, LIMITS.recognise);
    const settled = last || all.length >= LIMITS.recognise;
    for (const protocol of (transport === 'tcp' ? OF_TCP : OF_UDP)[all[0]!]!) {
      const verdict = protocol.recognise(bytes, direction, this.#options);
      if (verdict === 'yes') {
        this.#settle(protocol);
        return;
      }
      if (verdict === 'more' && !settled) return;
    }
    if (transport === 'udp') return;
    this.#announce();
    this.#deaf[direction] = true;
    this.#queues[direction].clear();
  }
}

/** Opens the application layer of a flow; what it finds goes to `sink`. Never throws on what the bytes say. */
export function openAppFlow(options: AppFlowOptions, sink: AppSink): AppFlow {
  return new Flow(options, sink);
}

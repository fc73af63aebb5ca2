/** DCE/RPC over a connection (C706, chapter 12; MS-RPCE): what is bound, and calls put together from their fragments. */
import { Collector, copy, le16, le32, u16, u32, u8 } from '../bytes.ts';
import type { Side } from '../side.ts';
import type { Direction } from '../types.ts';

const TYPE = { request: 0, response: 2, fault: 3, bind: 11, bindAck: 12, alter: 14, alterResponse: 15 } as const;
const LAST_FRAGMENT = 2;
const FIRST_FRAGMENT = 1;
const HAS_OBJECT = 0x80;
export const HEADER = 16;
const CONTEXTS_MAX = 128;
const CALLS_MAX = 64;
const STUB_MAX = 256 * 1024;

/** A presentation context that a bind asked for. */
interface Context {
  readonly id: number;
  readonly uuid: string;
  readonly version: string;
  accepted: boolean;
}

/** A call whose fragments come in. */
interface Call {
  readonly id: number;
  readonly context: number;
  readonly opnum: number;
  readonly request: Collector;
  readonly response: Collector;
  fragments: number;
}

/** Numbers in the sender's order. */
interface Order {
  readonly little: boolean;
  readonly n16: (data: Uint8Array, at: number) => number;
  readonly n32: (data: Uint8Array, at: number) => number;
}
const LITTLE: Order = { little: true, n16: le16, n32: le32 };
const BIG: Order = { little: false, n16: u16, n32: u32 };
export const orderOf = (representation: number): Order => ((representation & 0x10) !== 0 ? LITTLE : BIG);

/** `12345678-1234-abcd-ef00-01234567cffb`, lower case. */
export function uuidText(data: Uint8Array, at: number, order: Order): string {
  const hex = (value: number, digits: number): string => Math.max(0, value).toString(16).padStart(digits, '0');
  const tail = Buffer.from(data.subarray(at + 8, at + 16)).toString('hex');
  const head = `${hex(order.n32(data, at), 8)}-${hex(order.n16(data, at + 4), 4)}-${hex(order.n16(data, at + 6), 4)}`;
  return `${head}-${tail.slice(0, 4)}-${tail.slice(4)}`;
}

/** What is told of a finished side of a call. */
export type Told = (direction: Direction, fill: (side: Side) => void, callId: number) => void;

/** Length of the fragment at `at`, -1: it is none, 0: its header is not whole yet. */
export function fragmentLength(data: Uint8Array, at: number): number {
  if (data[at] !== undefined && data[at] !== 5) return -1;
  if (at + HEADER > data.length) return 0;
  const length = orderOf(data[at + 4]!).n16(data, at + 8);
  return length < HEADER || data[at + 1]! > 1 || data[at + 2]! > 19 ? -1 : length;
}

export class Connection {
  readonly #told: Told;
  readonly #contexts: Context[] = [];
  #asked: Context[] = [];
  readonly #calls = new Map<number, Call>();

  constructor(told: Told) {
    this.#told = told;
  }

  /** Reads one whole fragment. */
  fragment(direction: Direction, data: Uint8Array): void {
    const order = orderOf(u8(data, 4));
    const type = u8(data, 2);
    if (type === TYPE.bind || type === TYPE.alter) this.#bind(data, order);
    else if (type === TYPE.bindAck || type === TYPE.alterResponse) this.#bound(data, order);
    else if (type === TYPE.request) this.#request(direction, data, order);
    else if (type === TYPE.response || type === TYPE.fault) this.#response(direction, data, order);
  }

  #bind(data: Uint8Array, order: Order): void {
    const count = u8(data, 24);
    this.#asked = [];
    let at = 28;
    for (let i = 0; i < count && at + 24 <= data.length; i += 1) {
      const version = `${String(order.n16(data, at + 20))}.${String(order.n16(data, at + 22))}`;
      this.#asked.push({ id: order.n16(data, at), uuid: uuidText(data, at + 4, order), version, accepted: false });
      at += 24 + 20 * u8(data, at + 2);
    }
  }

  #bound(data: Uint8Array, order: Order): void {
    // The secondary address, padded to four bytes.
    const start = (26 + Math.max(0, order.n16(data, 24)) + 3) & ~3;
    this.#asked.forEach((context, i) => {
      if (order.n16(data, start + 4 + 24 * i) !== 0 || i >= u8(data, start)) return;
      const old = this.#contexts.findIndex((one) => one.id === context.id);
      if (old >= 0) this.#contexts.splice(old, 1);
      if (this.#contexts.length < CONTEXTS_MAX) this.#contexts.push({ ...context, accepted: true });
    });
    this.#asked = [];
  }

  #request(direction: Direction, data: Uint8Array, order: Order): void {
    const flags = u8(data, 3);
    const id = order.n32(data, 12);
    let call = this.#calls.get(id);
    if (call === undefined || (flags & FIRST_FRAGMENT) !== 0) {
      const [request, response] = [new Collector(STUB_MAX), new Collector(STUB_MAX)];
      call = { id, context: order.n16(data, 20), opnum: order.n16(data, 22), request, response, fragments: 0 };
      this.#calls.delete(id);
      this.#calls.set(id, call);
      if (this.#calls.size > CALLS_MAX) this.#calls.delete(this.#calls.keys().next().value!);
    }
    call.fragments += 1;
    call.request.add(data.subarray(Math.min(data.length, (flags & HAS_OBJECT) !== 0 ? 40 : 24)));
    if ((flags & LAST_FRAGMENT) !== 0) this.#tell(direction, call, call.request, order);
  }

  #response(direction: Direction, data: Uint8Array, order: Order): void {
    const id = order.n32(data, 12);
    const [request, response] = [new Collector(0), new Collector(STUB_MAX)];
    const call = this.#calls.get(id) ?? {
      id,
      context: order.n16(data, 20),
      opnum: -1,
      request,
      response,
      fragments: 0,
    };
    this.#calls.set(id, call);
    if (this.#calls.size > CALLS_MAX) this.#calls.delete(this.#calls.keys().next().value!);
    call.response.add(data.subarray(Math.min(data.length, 24)));
    if ((u8(data, 3) & LAST_FRAGMENT) === 0) return;
    this.#tell(direction, call, call.response, order);
    this.#calls.delete(id);
  }

  #tell(direction: Direction, call: Call, stub: Collector, order: Order): void {
    const context = this.#contexts.find((one) => one.id === call.context);
    this.#told(
      direction,
      (side) => {
        if (context !== undefined) side.add('dcerpc.iface', `${context.uuid}/${context.version}`);
        side.add('dcerpc.stub_data', stub.bytes());
        if (call.opnum >= 0) side.number('dcerpc.opnum', call.opnum);
        side.number('dcerpc.little_endian', order.little ? 1 : 0);
      },
      call.id,
    );
  }
}

/** Cuts a stream of fragments, as a named pipe and TCP carry it. */
export class FragmentStream {
  readonly #connection: Connection;
  readonly #rest: [Uint8Array, Uint8Array] = [new Uint8Array(0), new Uint8Array(0)];

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** For carriers that hand over pieces; what is no fragment is dropped. */
  push(direction: Direction, piece: Uint8Array): void {
    const rest = this.#rest[direction];
    const data = rest.length === 0 ? piece : Buffer.concat([rest, piece]);
    const used = readFragments(this.#connection, direction, data);
    this.#rest[direction] = used < 0 || data.length - used > STUB_MAX ? new Uint8Array(0) : copy(data, used);
  }
}

/** Reads the whole fragments at the start of `data`; how many bytes they have; -1: what comes next is none. */
export function readFragments(
  connection: Connection,
  direction: Direction,
  data: Uint8Array,
  each?: (fragment: Uint8Array) => void,
): number {
  let at = 0;
  while (at < data.length) {
    const length = fragmentLength(data, at);
    if (length < 0) return -1;
    if (length === 0 || at + length > data.length) break;
    each?.(data.subarray(at, at + length));
    connection.fragment(direction, data.subarray(at, at + length));
    at += length;
  }
  return at;
}

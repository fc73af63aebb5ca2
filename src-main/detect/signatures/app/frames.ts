/**
 * Frames: pieces of a protocol's messages as they stood in the stream, by the names that Suricata documents for them. A frame is
 * told apart from transactions, so that a rule about frames is looked at once for each.
 */
import { Collector } from './bytes.ts';
import { LIMITS } from './limits.ts';
import type { AppContext } from './protocol.ts';
import type { Direction } from './types.ts';

const PARTS = ['pdu', 'hdr', 'data'];

const under = (name: string, parts: readonly string[]): string[] => parts.map((part) => `${name}.${part}`);

/** What a direction sent, from its beginning to its end. */
export const STREAM = 'stream';

/** By protocol, apart from `stream`, which every protocol over TCP has. */
export const FRAMES: ReadonlyMap<string, readonly string[]> = new Map([
  ['dcerpc', PARTS],
  ['dns', ['pdu']],
  ['enip', [...PARTS, 'cip', 'enip.item']],
  ['http1', ['request', 'response']],
  ['ldap', ['pdu']],
  ['mqtt', ['pdu', 'header', 'data']],
  ['sip', ['pdu', ...['request', 'response'].flatMap((name) => under(name, ['line', 'headers', 'body']))]],
  ['smb', ['nbss', 'smb1', 'smb2', 'smb3'].flatMap((name) => under(name, PARTS))],
  ['ssh', under('record', PARTS)],
  ['tls', [...PARTS, 'alert', 'heartbeat']],
  ['websocket', ['pdu', 'header', 'data']],
]);

/** Protocols without a `stream`: over UDP alone. */
const DATAGRAMS: ReadonlySet<string> = new Set(['dhcp', 'ntp', 'quic', 'ike', 'snmp', 'llmnr', 'mdns']);

/** Whether frames of a name are told of a protocol. */
export function hasFrame(protocol: string, name: string): boolean {
  return name === STREAM ? !DATAGRAMS.has(protocol) : (FRAMES.get(protocol)?.includes(name) ?? false);
}

/** The buffer that rules look at: `frame.smb.smb2.data`. */
export const frameBuffer = (protocol: string, name: string): string => `frame.${protocol}.${name}`;

const PREFIX = 'frame.';

/** The protocol whose frames a buffer is of; undefined: it is none of frames. */
export function framedProtocol(buffer: string): string | undefined {
  return buffer.startsWith(PREFIX) ? buffer.slice(PREFIX.length, buffer.indexOf('.', PREFIX.length)) : undefined;
}

/** The `stream` of a protocol is asked for. */
export const isStreamFrame = (buffer: string): boolean =>
  buffer.endsWith(`.${STREAM}`) && buffer.split('.').length === 3;

/** Tells a whole, its first `header` bytes, and what follows them. */
export function tellParts(
  context: AppContext,
  direction: Direction,
  names: readonly [whole: string, header: string, data: string],
  bytes: Uint8Array,
  header: number,
): void {
  context.frame(names[0], direction, [bytes]);
  context.frame(names[1], direction, [bytes.subarray(0, header)]);
  if (bytes.length > header) context.frame(names[2], direction, [bytes.subarray(header)]);
}

/** Bytes of a message or a direction as they come, in several pieces where some were lost between them. */
export class Pieces {
  #done: Uint8Array[] = [];
  #now = new Collector(LIMITS.pending);

  add(bytes: Uint8Array): void {
    this.#now.add(bytes);
  }

  /** Bytes are missing here. */
  gap(): void {
    const before = this.#now.bytes();
    const held = this.#done.reduce((sum, { length }) => sum + length, before.length);
    if (before.length > 0 && this.#done.length < LIMITS.repeats) this.#done.push(before);
    this.#now = new Collector(Math.max(0, LIMITS.pending - held));
  }

  /** All of it, which is forgotten. */
  take(): Uint8Array[] {
    this.gap();
    const all = this.#done;
    this.#done = [];
    this.#now = new Collector(LIMITS.pending);
    return all;
  }
}

/** What the two directions of a flow sent, for rules about `stream`. */
export class Streams {
  readonly #sides = [new Pieces(), new Pieces()] as const;

  add(direction: Direction, bytes: Uint8Array): void {
    this.#sides[direction].add(bytes);
  }

  gap(direction: Direction): void {
    this.#sides[direction].gap();
  }

  take(direction: Direction): Uint8Array[] {
    return this.#sides[direction].take();
  }
}

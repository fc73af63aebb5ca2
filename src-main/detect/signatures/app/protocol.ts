/** What a protocol's parser is to the application layer of a flow. */
import type { AppFlowOptions, Direction, Expected, Transaction } from './types.ts';

/** `more`: the bytes so far would do, but do not settle it. */
export type Verdict = 'yes' | 'no' | 'more';

/** What a parser may do besides reading. */
export interface AppContext {
  readonly options: AppFlowOptions;
  transaction(transaction: Transaction): void;
  event(name: string, direction: Direction): void;
  /** Whether rules ask for frames of the protocol. */
  framed(protocol: string): boolean;
  /** A frame by its protocol and name, such as `smb.smb2.data`; the bytes are its own until the call ends. */
  frame(name: string, direction: Direction, pieces: readonly Uint8Array[]): void;
  /** Another connection is about to come. */
  expect(expected: Expected): void;
  /** What the flow turned out to be, its parser the same. */
  named(protocol: string): void;
  /** The flow goes on as this protocol from the first byte that is not used; null: as whatever its bytes say. */
  become(protocol: string | null): void;
}

export interface AppParser {
  /**
   * Reads from the bytes of a direction that are not used yet. TCP: says how many it used, and is given the rest again with what
   * follows; never looks at how they came divided; -1: it
   * looks at nothing more of the direction. UDP: one datagram, `last` is true.
   */
  read(direction: Direction, bytes: Uint8Array, last: boolean): number;
  /** Whether bytes [at, end) of `data` are not looked at, whatever they are, or kept as they are; then they count as used. */
  pass?(direction: Direction, data: Uint8Array, at: number, end: number): boolean;
  /** So many bytes after those that are not used are lost. Without it, the direction is given up. */
  gap?(direction: Direction, missing: number): boolean;
  /**
   * So many bytes after `waiting`, which did not suffice, are lost: takes what there is and goes on behind. Without it, or
   * where it cannot, the direction is given up.
   */
  broken?(direction: Direction, waiting: Uint8Array, missing: number): boolean;
  /** The direction sends no more, and all its bytes were offered with `last`. */
  end(direction: Direction): void;
}

export interface AppProtocol {
  /** As rules name it. */
  readonly name: string;
  readonly transport: 'tcp' | 'udp' | 'both';
  /** Whether the first bytes of a direction are of this protocol. Usual ports are hints, never needed where the bytes are telling. */
  recognise(bytes: Uint8Array, direction: Direction, options: AppFlowOptions): Verdict;
  /** Whether a datagram that begins with this byte may be of it; absent: with any. Says so before `recognise` is asked. */
  readonly beginsWith?: (byte: number) => boolean;
  /** The same of a direction of TCP. */
  readonly streamBeginsWith?: (byte: number) => boolean;
  open(context: AppContext): AppParser;
}

/** Whether either end has one of these ports. */
export function usual(options: AppFlowOptions, ...ports: readonly number[]): boolean {
  return ports.includes(options.serverPort) || ports.includes(options.clientPort);
}

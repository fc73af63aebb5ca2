/**
 * What a protocol inspector is. Adding one: a file in `inspectors/` that exports an `Inspector`, and one line in
 * `registry.ts`.
 */
import type { FlowContext } from './context.ts';

/** Verdicts of a probe: not this protocol; not yet sure, show me more; it is. */
export const NO = 0;
export const MAYBE = 1;
export const YES = 2;
export type Verdict = typeof NO | typeof MAYBE | typeof YES;

/** The first payload bytes of one direction. One object is used for all calls; do not keep it. */
export interface Probe {
  data: Uint8Array;
  /** The bytes are [at, end). TCP: as many as came in order so far; otherwise one datagram. */
  at: number;
  end: number;
  tcp: boolean;
  fromOrig: boolean;
  origPort: number;
  respPort: number;
  /** The capture lacks the end of this datagram or segment (snap length, fragment). */
  partial: boolean;
  /** TCP: the bytes begin where the connection begins (its SYN was seen). */
  fromStart: boolean;
  /** Payloads of this flow that were probed before. */
  tries: number;
  /** TCP: what the other direction has said so far, [0, otherEnd); null: nothing. */
  other?: Uint8Array | null;
  otherEnd?: number;
}

/**
 * Reads on in a recognised flow. Most hold a little state, so one is made a flow; stateless ones may be shared. What grows
 * with what is sent is asked for (`FlowContext.keep`), has a bound of its own beside that, and is a copy where it was cut
 * from a longer text (`own`, `cut`).
 */
export interface Session {
  /**
   * TCP: in-order bytes [at, end) of one direction. Returns up to where they are done with: the rest is shown again
   * with more bytes behind it; a position beyond `end` skips bytes that are still to come.
   */
  read?(flow: FlowContext, fromOrig: boolean, data: Uint8Array, at: number, end: number): number;
  /** Anything but TCP: one datagram. */
  datagram?(flow: FlowContext, fromOrig: boolean, data: Uint8Array, at: number, end: number): void;
  /**
   * TCP bytes are missing (lost, not captured, or more were kept than the bound allows). Returns whether it can go on
   * with what follows; without this method the direction is not read any further.
   */
  gap?(flow: FlowContext, fromOrig: boolean, missing: number): boolean;
  /** The flow ended. */
  end?(flow: FlowContext): void;
}

/** What all messages have at one place: the byte at `at` is one of `bytes`. What ends before it is none of them. */
export interface Mark {
  readonly at: number;
  readonly bytes: readonly number[];
}

export interface Inspector {
  readonly id: string;
  readonly over: 'tcp' | 'udp' | 'both';
  /** Usual ports: they decide who is asked first, nothing else. */
  readonly ports: readonly number[];
  /** The only bytes its messages can begin with, in either direction; without it the inspector is asked about all. */
  readonly first?: readonly number[];
  /** By transport, for those whose first byte says little: the probe says no to whatever has another byte there. */
  readonly marks?: { readonly tcp?: Mark; readonly udp?: Mark };
  /** Its messages have no mark of their own: it is asked on its usual ports only. */
  readonly portBound?: boolean;
  /** As Zeek names the service; '' where Zeek has no name for it. */
  readonly service: string;
  /** As nDPI names the protocol. */
  readonly app: string;
  /** Must be cheap and must not keep anything; the same bytes give the same verdict. Called without its inspector. */
  readonly probe: (p: Probe) => Verdict;
  /** Called once the flow is recognised; without it only the name is kept. */
  open?(flow: FlowContext): Session;
}

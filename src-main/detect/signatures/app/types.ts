/**
 * What application protocols give to signatures. A parser of a protocol reads both directions of a flow in order and hands on
 * transactions; rules look at their buffers by the names that Suricata's sticky buffers have.
 */

/** What is asked for (`AppFlowOptions.asks`) by those who look at transactions whatever they say. */
export const ANY = '*';

/** 0: towards the server; 1: towards the client. */
export type Direction = 0 | 1;

export type Asks = (name: string, direction: Direction) => boolean;

export type AsksWithout = (names: readonly string[], other: string) => boolean;

/** A buffer, or several of one name in one transaction (`http.header` names, `dns.query.rrname`, `tls.certs` …), each looked at alone. */
export type Buffers = ReadonlyMap<string, readonly Uint8Array[]>;

/** One side of a request and its answer, complete or as far as it is known at the end of the flow. */
export interface Transaction {
  /** As rules name protocols: http1, http2, dns, tls, ssh, smb, smtp, ftp, ftp-data, dcerpc, krb5, sip, … */
  readonly protocol: string;
  readonly direction: Direction;
  /** Of the flow, from 0; the two sides of a transaction have the same. */
  readonly id: number;
  readonly buffers: Buffers;
  /** Numbers that keywords compare, by keyword name: `urilen`, `http.stat_code` stays a buffer, `dcerpc.opnum`, `krb5_msg_type`, `dns.opcode`, `filesize` … Several: any may match. */
  readonly numbers: ReadonlyMap<string, readonly number[]>;
}

/** A connection that another one announced: a file over FTP. */
export interface Expected {
  readonly protocol: 'ftp-data';
  /** Who waits for it, as sides of the flow that announced it. */
  readonly listener: Direction;
  readonly port: number;
  /** Which way the file goes, as sides of the flow that announced it. */
  readonly sender: Direction;
  readonly command: 'retr' | 'stor';
  readonly file: string;
}

export interface AppSink {
  /** Once a side is complete, or grows no more. Its bytes are there during the call only. */
  transaction(transaction: Transaction): void;
  /** `app-layer-event` by its name in rules, e.g. 'http.missing_host_header'. */
  event(name: string, direction: Direction): void;
  /** A piece of messages under the name of its buffer; several where bytes between them were lost. */
  frame?(buffer: string, direction: Direction, pieces: readonly Uint8Array[]): void;
  /** The two ends agreed on a connection of its own for a file (FTP). */
  expect?(expected: Expected): void;
  /** The protocol of the flow is known (once; may be followed by another after an upgrade, e.g. http1 → websocket, smtp → tls). */
  protocol(name: string): void;
}

/** One flow's application layer. Bounded: holds at most what `limits.ts` says. */
export interface AppFlow {
  /** Bytes [at, end) of a direction that come next, in order (TCP), or one datagram (UDP). Not kept beyond the call unless copied. */
  data(direction: Direction, data: Uint8Array, at?: number, end?: number): void;
  /** So many bytes of the direction are lost. */
  gap(direction: Direction, missing: number): void;
  /** The direction sends no more. */
  end(direction: Direction): void;
}

export interface AppFlowOptions {
  readonly transport: 'tcp' | 'udp';
  readonly serverPort: number;
  readonly clientPort: number;
  /** Whether anybody asks for what datagrams of a protocol say; absent: all do. */
  readonly wants?: (protocol: string) => boolean;
  /** Whether anybody asks for frames of a protocol, of all (`stream`) for what directions send; absent: nobody does. */
  readonly frames?: (protocol: string) => boolean;
  /** What the flow is by what was said in another. */
  readonly expected?: Expected;
  /** Whether anybody asks for a buffer or number of this name in a direction; absent: for all. What nobody asks for may be left out. */
  readonly asks?: Asks;
  /** Whether anybody asks for one of `names`, always the same list, who does not need `other` in the same transaction. */
  readonly asksWithout?: AsksWithout;
  /** Whether anybody asks for events of a protocol, as they are named (`http`); absent: for all. */
  readonly hears?: (protocol: string) => boolean;
}

/** Made by `app/open.ts`: `openAppFlow(options: AppFlowOptions, sink: AppSink): AppFlow`. Recognises the protocol by its first bytes on any port. */
export type OpenAppFlow = (options: AppFlowOptions, sink: AppSink) => AppFlow;

/**
 * What sensors, workers and desks hand each other: slices of observations, and the transport that carries them
 * (docs/fleet-wire.md). A slice is what one sensor's meter saw in one cell of the packets' clock.
 */
import type { Observations } from '../../detect/types.ts';

/** The lists of `Observations` whose rows are spread over shards. */
export const ROW_LISTS = ['events', 'messages', 'flows', 'windows', 'pulses'] as const;
export type RowList = (typeof ROW_LISTS)[number];

/** Which hardware address sent untouched frames for which host (meter/enrich/cards.ts), as far as it is news. */
export interface CardNews {
  host: Uint32Array;
  /** 48 bits. */
  mac: Float64Array;
}

/** What one sensor's meter gave at once, or the part of it that belongs to one shard. A slice never spans two cells. */
export interface Slice {
  /** Which of the run's slices it is, from 0: the parts of one slice have the same number in every shard. */
  number: number;
  /**
   * Cell of the packets' clock (pipeline/slices.ts), tenths of seconds since 1970 UTC: packets from there to the next cell (late ones count here). Never
   * less than that of the slice before.
   */
  cell: number;
  /** Packets that the whole slice was made of; 0: a second began, and flows and windows ended by the clock alone. */
  packets: number;
  /** Hosts are numbers of `SliceBatch.hosts` (0: none), flows those of the sensor's run. Owned by the receiver. */
  observations: Observations;
  cards: CardNews;
  /** By list: where each row stood in the whole slice, ascending. */
  order: Readonly<Record<RowList, Uint32Array>>;
}

/** What is published at once: consecutive slices of one sensor for one shard. */
export interface SliceBatch {
  /** Name of the sensor: 1 to 64 of a-z, 0-9, '-', '_' and '.'. */
  sensor: string;
  /** Start of the sensor's run, ms since 1970 UTC: numbers of flows and sequences begin anew with it; later runs are greater. */
  run: number;
  /** From 0, without gaps, in each run and shard. */
  sequence: number;
  shard: number;
  shards: number;
  /** Watermark: the sensor has sent everything of the cells before this one, and will send nothing more for them. */
  until: number;
  /** The run ended with this batch. Nobody waits for the sensor any more until another run begins. */
  end: boolean;
  /** Its time is the wall clock's: nothing came for a while, and the watermark moves on all the same. Never in a replay. */
  idle: boolean;
  /** Flows that the sensor lost of this run before this batch: its spool was full. */
  lost: number;
  /** Addresses, four words each (IPv4 mapped into IPv6); number n stands at 4 × n; number 0 is none. */
  hosts: Uint32Array;
  /** Ascending by cell; cells in which nothing was seen are left out. */
  slices: Slice[];
}

/** What a sensor tells of itself every few seconds, signed as batches are; plain JSON. */
export interface SensorHealth {
  schema: 'sonde.sensor/1';
  sensor: string;
  run: number;
  version: string;
  /** Wall clock of the sensor, ms since 1970 UTC. */
  at: number;
  interface: string;
  /** It reads files: its packets' time is not that of its clock. */
  replay?: true;
  /** `SliceBatch.until` of what was published last. */
  until: number;
  packets: number;
  packetsPerSecond: number;
  bitsPerSecond: number;
  flows: number;
  /** Packets lost before they were metered; null where the engine cannot know. */
  dropped: number | null;
  published: { batches: number; bytes: number; flows: number };
  /** What waits on disk, and what did not fit. */
  spool: { batches: number; bytes: number; ceiling: number; lostBatches: number; lostFlows: number };
  connected: boolean;
  /** Whether it hands out packets on request. */
  packetsAllowed: boolean;
  /** Requests for packets since it was started: those it answered, and those it refused by reason. Only where it hands them out. */
  packetRequests?: { answered: number; refused: Record<string, number> };
  shards: number;
}

/** Place in a stream: opaque, comparable by `compareOffsets`. '0' is before everything. */
export type Offset = string;
export const BEGINNING: Offset = '0';

export interface Entry {
  stream: string;
  offset: Offset;
  body: Uint8Array;
  /** Bytes of one that was too large to be taken; its body is empty. */
  tooLarge?: number;
}

/** What was not taken from the server because it was too large. */
export interface TooLarge {
  /** Which entry or field of the key, the last one; '' for all of it. */
  part: string;
  /** As far as it is known; 0: it is not. */
  bytes: number;
  times: number;
}

export interface StreamEnds {
  /** Entries there are; offsets of the first and last ('0' where there is none). */
  length: number;
  first: Offset;
  last: Offset;
}

/** A role that somebody holds for a while: a shard, or the correlator. */
export interface Lease {
  role: string;
  holder: string;
  /** Greater each time somebody takes the role: who holds an older one writes nothing more. */
  fence: number;
}

/** What is written together, or not at all. */
export interface Commit {
  /** What the role's next holder goes on from; absent: as it was. */
  state?: Uint8Array;
  /** Up to where the role's streams were taken in; streams that are not named stay. */
  offsets: ReadonlyMap<string, Offset>;
  append?: readonly { stream: string; body: Uint8Array; /** Entries kept. */ most: number }[];
  /** `body` undefined removes the field. */
  fields?: readonly { table: string; field: string; body: Uint8Array | undefined }[];
}

/** What a role's last holder left. */
export interface Saved {
  state: Uint8Array | undefined;
  offsets: Map<string, Offset>;
}

export interface ReadOptions {
  /** Entries at most, of all streams together. */
  most: number;
  /** How long to wait where there are none, ms; 0: not at all. */
  waitMs: number;
  signal?: AbortSignal;
}

/** Answers one request by so many chunks. */
export type Answerer = (request: Uint8Array, signal: AbortSignal) => AsyncIterable<Uint8Array>;

/**
 * Carries entries, leases and small keys. Everything rejects with SondeError `connection-lost` while the server is away, and
 * goes on by itself when it is back: callers repeat what they asked. Names of streams, roles, keys and tables are those of
 * `names.ts`.
 */
export interface Transport {
  /** For people, without its password. */
  readonly name: string;
  /** What was too large to be taken since it was opened, by key. */
  readonly tooLarge: ReadonlyMap<string, TooLarge>;
  /** Appends to a stream, in order, all or none; the oldest entries go beyond `most`. Offsets of the new ones. */
  publish(stream: string, bodies: readonly Uint8Array[], most: number): Promise<Offset[]>;
  /** Entries after these offsets, each stream's in order; [] when none came in time, or the signal was given. */
  read(from: ReadonlyMap<string, Offset>, options: ReadOptions): Promise<Entry[]>;
  ends(stream: string): Promise<StreamEnds>;
  /** The entry that came last. */
  last(stream: string): Promise<Entry | undefined>;
  /** Removes the entries before an offset (it stays); how many. */
  trim(stream: string, before: Offset): Promise<number>;

  /** Takes a role for `ms`, where nobody holds it (or `holder` does already). */
  takeLease(role: string, holder: string, ms: number): Promise<Lease | undefined>;
  /** False: it is somebody else's, or nobody's, by now. */
  renewLease(lease: Lease, ms: number): Promise<boolean>;
  releaseLease(lease: Lease): Promise<void>;
  /** Who holds a role now. */
  holderOf(role: string): Promise<string | undefined>;

  load(role: string): Promise<Saved>;
  /** Writes all of it while the lease is held; false: it is not, and nothing was written. */
  commit(lease: Lease, what: Commit): Promise<boolean>;

  /** Small values (1 MiB at most); with `ms` they go by themselves. */
  put(key: string, body: Uint8Array, ms?: number): Promise<void>;
  /** Undefined where there is none; empty where it has more bytes than `most` (1 MiB). */
  get(key: string, most?: number): Promise<Uint8Array | undefined>;
  drop(key: string): Promise<void>;
  /** Small values by field. */
  putField(table: string, field: string, body: Uint8Array): Promise<void>;
  dropField(table: string, field: string): Promise<void>;
  /** One after the other, `most` at most; some may come twice. What is too large is empty. */
  eachField(table: string, most: number): AsyncIterable<[field: string, body: Uint8Array]>;
  /** Of a small table all at once: 10,000 fields and 32 MiB at most. */
  fields(table: string): Promise<Map<string, Uint8Array>>;
  /** Of these fields, in their order; undefined where there is none. */
  someFields(table: string, fields: readonly string[]): Promise<(Uint8Array | undefined)[]>;
  /** How many there are. */
  fieldCount(table: string): Promise<number>;

  /** Keeps a large value (a model) under the SHA-256 of its content, which it gives back in hex. */
  putBlob(body: Uint8Array): Promise<string>;
  /** Undefined where it is not there, or is not what its name says. */
  getBlob(sha256: string): Promise<Uint8Array | undefined>;

  /** Asks a service; its answer in chunks. Ends with SondeError `connection-lost` when nothing came for `waitMs`. */
  ask(service: string, request: Uint8Array, waitMs: number): AsyncIterable<Uint8Array>;
  /** Answers what is asked of a service, one request at a time, until the signal is given. */
  serve(service: string, answer: Answerer, signal: AbortSignal): Promise<void>;

  close(): Promise<void>;
}

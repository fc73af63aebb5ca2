/**
 * Bidirectional flows with Zeek's meaning (conn.log), as columns. A live flow occupies a slot of the table;
 * when it ends its slot is copied to a row of a `FlowBatch` and freed.
 */
import type { FlowProcess } from '../../../src-shared/domain/flow.ts';
import { makeColumns, type Columns } from '../columns.ts';
import type { HostTable } from '../hosts.ts';
import type { PacketBatch, SegmentBatch } from '../packets/types.ts';

/** Zeek's `conn_state` (conn.log documentation), in the order of the column's numbers. */
export const CONN_STATES = [
  'OTH',
  'S0',
  'S1',
  'SF',
  'REJ',
  'S2',
  'S3',
  'RSTO',
  'RSTR',
  'RSTOS0',
  'RSTRH',
  'SH',
  'SHR',
] as const;
export type ConnState = (typeof CONN_STATES)[number];

/** Longest `history` kept; Zeek's letters repeat at powers of ten only, so real ones are far shorter. */
export const HISTORY_MAX = 40;

/** Bytes of `context` in a row. */
export const FLOW_CONTEXT_WIDTH = 12;

/** Why a flow's row was written. */
export const FLOW_END = {
  /** Closed by its own protocol, or timed out. */
  ORDINARY: 0,
  /** The capture ended while it was open. */
  END_OF_CAPTURE: 1,
  /** The table was full: written early, and counted in `flows.cutShort`. */
  CUT_SHORT: 2,
} as const;

/**
 * One row a flow. Directions: o = from the originator, r = from the responder.
 * Times in seconds unless named otherwise; lengths in bytes.
 */
export const flowSchema = {
  /** Number of the flow over the whole run, from 0, in order of first packet. */
  id: 'f64',
  sec: 'f64',
  nano: 'u32',
  lastSec: 'f64',
  lastNano: 'u32',
  orig: ['u32', 4],
  resp: ['u32', 4],
  origPort: 'u16',
  respPort: 'u16',
  proto: 'u16',
  /** Host ids of `HostTable` (0: beyond its ceiling). */
  origHost: 'u32',
  respHost: 'u32',
  vlan: 'u32',
  /** `TUNNEL` that carried it, the `id` of the enclosing flow (-1: none) and the 96 bits of that flow's uid. */
  tunnel: 'u8',
  parent: 'f64',
  parentUid: ['u32', 3],
  ipv6: 'u8',
  origPkts: 'f64',
  respPkts: 'f64',
  /** IP bytes by the headers' lengths. */
  origIpBytes: 'f64',
  respIpBytes: 'f64',
  /** Payload bytes as Zeek counts them (TCP: by sequence numbers). */
  origBytes: 'f64',
  respBytes: 'f64',
  missedBytes: 'f64',
  /** 0: no payload size is known (Zeek writes "-"). */
  hasBytes: 'u8',
  /** Index into `CONN_STATES`. */
  connState: 'u8',
  history: ['u8', HISTORY_MAX],
  historyLength: 'u8',
  end: 'u8',
  /** How many flows of the same ends began at the very same time before this one (keeps uids apart). */
  twin: 'u8',
  /** 1 when Zeek would have exchanged the ends (history begins with ^). */
  flipped: 'u8',

  // What the detectors' features are made of.
  /** TCP flags of all packets of a direction, or-ed. */
  origFlags: 'u16',
  respFlags: 'u16',
  synCount: 'u32',
  finCount: 'u32',
  rstCount: 'u32',
  pshCount: 'u32',
  urgCount: 'u32',
  /** Packets with payload, and transport payload bytes as seen on the wire: sum and sum of squares, by direction. */
  origDataPkts: 'f64',
  respDataPkts: 'f64',
  origPayload: 'f64',
  respPayload: 'f64',
  origPayloadSq: 'f64',
  respPayloadSq: 'f64',
  origPayloadMax: 'u32',
  respPayloadMax: 'u32',
  /** Interarrival times within a direction: sum, sum of squares, least, greatest. */
  origIatSum: 'f64',
  origIatSq: 'f64',
  origIatMin: 'f32',
  origIatMax: 'f32',
  respIatSum: 'f64',
  respIatSq: 'f64',
  respIatMin: 'f32',
  respIatMax: 'f32',
  origTtl: 'u8',
  respTtl: 'u8',
  origWindow: 'u16',
  respWindow: 'u16',
  /** TCP segments whose bytes were all seen before, by direction. */
  origRetransmits: 'u32',
  respRetransmits: 'u32',
  /** SYN to SYN+ACK, or first request to first answer; negative: never answered. */
  responseTime: 'f64',
  /** First 4 payload sizes with sign (positive from the originator), as hints to what happens in it. */
  firstSizes: ['i32', 4],
  /** Segments flagged as fragments; overlapping ones. */
  fragments: 'u32',
  fragmentOverlaps: 'u32',
  /** Coded counts over what was seen when the flow opened. Left zero by the meter; filled by `detect/features`. */
  context: ['u8', FLOW_CONTEXT_WIDTH],
} as const;

/** What the protocol inspectors learned of a flow; absent for most flows that carry nothing recognised. */
export interface FlowMeta {
  /** As Zeek's `service`: names sorted and joined by comma; '' when none. */
  service: string;
  /** Application protocol as nDPI names its master protocols ('' when unknown). */
  app: string;
  /** Facts for people, in a stable order: name → value (at most 32, each at most 256 characters). */
  facts: Record<string, string>;
  /** The program of this machine whose flow it is, where that was asked for and could be told. */
  process?: FlowProcess;
}

export interface FlowBatch {
  count: number;
  capacity: number;
  columns: Columns<typeof flowSchema>;
  /** By row. */
  meta: (FlowMeta | undefined)[];
}

export function makeFlowBatch(capacity: number): FlowBatch {
  return { count: 0, capacity, columns: makeColumns(flowSchema, capacity), meta: [] };
}

/** `FlowEventBatch.kind`. */
export const FLOW_EVENT = {
  /** First packet of a new flow. */
  OPEN: 1,
  /** The responder answered for the first time: SYN+ACK, or a first datagram back. */
  ANSWERED: 2,
  /** The responder refused: RST to a SYN, or an ICMP unreachable for it. */
  REFUSED: 3,
} as const;

/** What happens to flows while they live, so that detection need not wait for their end. */
export const flowEventSchema = {
  kind: 'u8',
  flow: 'f64',
  sec: 'f64',
  nano: 'u32',
  origHost: 'u32',
  respHost: 'u32',
  origPort: 'u16',
  respPort: 'u16',
  proto: 'u16',
  /** TCP flags of the packet that caused it. */
  tcpFlags: 'u16',
  payloadLength: 'u32',
  ttl: 'u8',
  /** OPEN: 1 when the ends were exchanged, so that the first packet came from what is now the responder. */
  flipped: 'u8',
} as const;

export interface FlowEventBatch {
  count: number;
  capacity: number;
  columns: Columns<typeof flowEventSchema>;
}

export function makeFlowEventBatch(capacity: number): FlowEventBatch {
  return { count: 0, capacity, columns: makeColumns(flowEventSchema, capacity) };
}

/** Inactivity timeouts and the like, seconds; defaults are Zeek's. */
export interface FlowTimeouts {
  tcpInactivity: number;
  udpInactivity: number;
  icmpInactivity: number;
  unknownInactivity: number;
  tcpAttempt: number;
  tcpClose: number;
  tcpReset: number;
  /** A TCP flow of which one side closed and one was reset or silent ends after this long without packets. */
  tcpPartialClose: number;
}

export interface FlowTableOptions {
  hosts: HostTable;
  timeouts?: Partial<FlowTimeouts>;
  /** Most flows alive at once (default 1,048,576). */
  ceiling?: number;
}

/**
 * The flow table. For each batch, in this order: `process` (which fills `slot` and `fromOrig` of the segments and
 * collects `events`), then whoever wants to look at packets with their flows (protocols, windows), then `drain`.
 * A slot stays valid until the `drain` after the flow's end, so that inspectors can finish their flow first.
 */
export interface FlowTable {
  process(packets: PacketBatch, segments: SegmentBatch): void;
  /** Events of the last `process`; overwritten by the next. */
  readonly events: FlowEventBatch;
  /** State by slot; `flowSchema` columns hold what is known so far. May be replaced by a larger one in `process`. */
  readonly live: Columns<typeof flowSchema>;
  /** Slots in use, the most ever, and rows cut short so far. */
  readonly statistics: { active: number; peak: number; flows: number; cutShort: number };
  /**
   * Appends the flows that ended to `into` (which it may grow) and frees their slots. Before a row is written,
   * `finishing(slot)` is asked for its metadata.
   */
  drain(into: FlowBatch, finishing: (slot: number) => FlowMeta | undefined): void;
  /** Time has passed without packets: `second` since 1970. Idle flows end; a `drain` must follow. */
  advance(second: number): void;
  /** At the end of the input (or of a live session): ends every flow; a `drain` must follow. */
  finish(): void;
  /** Gives the memory of flows back; nothing but `statistics` may be asked for any more. */
  close(): void;
}

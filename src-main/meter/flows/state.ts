/** What the table remembers of a live flow beside its `flowSchema` columns. Width 2: originator, then responder. */
import type { Columns } from '../columns.ts';

export const stateSchema = {
  /** Seconds since the flow's first packet: last activity that counts for timeouts, and last packet by direction. */
  lastRel: 'f64',
  directionRel: ['f64', 2],
  /** When the flow ends whatever happens (closed), and when an unanswered attempt ends; Infinity when not set. */
  closeAt: 'f64',
  attemptAt: 'f64',
  /** When the first side closed while the other had not. */
  halfClosedAt: 'f64',
  /** TCP, relative sequence space: end of FIN, delivered up to, acknowledged up to, end of the highest byte seen. */
  finSeq: ['f64', 2],
  delivered: ['f64', 2],
  trimmed: ['f64', 2],
  blockTop: ['f64', 2],
  /** TCP, wire sequence space. */
  startSeq: ['u32', 2],
  lastSeq: ['u32', 2],
  ackSeq: ['u32', 2],
  seqWraps: ['u32', 2],
  ackWraps: ['u32', 2],
  /** Relative sequence number of the last SYN, FIN and RST, as history tells repeats from new ones. */
  synAt: ['u32', 2],
  finAt: ['u32', 2],
  rstAt: ['u32', 2],
  zeroWindows: ['u32', 2],
  gaps: ['u32', 2],
  badChecksums: ['u32', 2],
  /** VLAN and tunnel of each direction (`NO_TAG` until a packet of it was seen). */
  tag: ['u32', 2],
  /** History letters that are written once. */
  seen: 'u32',
  inactivity: 'f32',
  /** Timer wheel and half-open list; -1 ends them. */
  wheelNext: 'i32',
  wheelPrev: 'i32',
  wheelAt: 'f64',
  halfNext: 'i32',
  halfPrev: 'i32',
  /** First of the out-of-order ranges, -1: none. */
  ranges: ['i32', 2],
  hash: 'i32',
  tcpState: ['u8', 2],
  previousState: ['u8', 2],
  /** `ENDPOINT` and `FLOW` bits. */
  endpoint: ['u8', 2],
  bits: 'u16',
} as const;

export type FlowState = Columns<typeof stateSchema>;

export const NO_TAG = 0xffffffff;

/** `tcpState`: what an endpoint of a TCP connection has shown so far. */
export const TCP_STATE = {
  INACTIVE: 0,
  SYN_SENT: 1,
  SYN_ACK_SENT: 2,
  PARTIAL: 3,
  ESTABLISHED: 4,
  CLOSED: 5,
  RESET: 6,
} as const;

/** `tcpState` of UDP and other flows: nothing seen, something seen. */
export const DATAGRAM_ACTIVE = 1;

/** `endpoint` bits. */
export const ENDPOINT = {
  /** A FIN was seen. */
  FIN: 1,
  /** Its end was taken notice of. */
  CLOSED: 2,
  /** Delivery was given up (too much data without acknowledgements). */
  GIVEN_UP: 4,
  /** All of its data was delivered after its end. */
  DRAINED: 8,
} as const;

/** `bits`. */
export const FLOW = {
  IN_USE: 1,
  ENDED: 2,
  SEEN_ORIG: 4,
  SEEN_RESP: 8,
  /** The start of the TCP connection was not seen. */
  PARTIAL: 16,
  /** Not yet reported as finished or reset. */
  ACTIVE: 32,
  /** A close waits for data that is still missing. */
  CLOSE_DEFERRED: 64,
  /** Closed: only `closeAt` counts. */
  CLOSING: 128,
  /** In the list of flows that nobody answered. */
  HALF_OPEN: 256,
  ANSWERED: 512,
  REFUSED: 1024,
  /** UDP to a name service: ends sooner. */
  NAME_SERVICE: 2048,
} as const;

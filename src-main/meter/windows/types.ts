/**
 * Host windows: what one host did in one stretch of packet time. The pulse (1 s) sees floods as they happen; 60 s and
 * 600 s windows are what behaviours and graphs compare. Windows are aligned to multiples of their length.
 */
import { makeColumns, type Columns } from '../columns.ts';
import type { FlowEventBatch, FlowTable } from '../flows/types.ts';
import type { HostTable } from '../hosts.ts';
import type { SegmentBatch } from '../packets/types.ts';
import type { ProtocolMessage } from '../protocols/types.ts';

export const WINDOW_LENGTHS = [60, 600] as const;

/** One row a host and window in which it was seen. "Out": flows or bytes it sent or opened; "in": towards it. */
export const hostWindowSchema = {
  host: 'u32',
  /** Start in seconds since 1970; length in seconds. */
  start: 'f64',
  length: 'u16',
  packetsOut: 'f64',
  packetsIn: 'f64',
  bytesOut: 'f64',
  bytesIn: 'f64',
  flowsOut: 'u32',
  flowsIn: 'u32',
  /** Flows opened by it that were refused, or not answered within the window. */
  failedOut: 'u32',
  failedIn: 'u32',
  /** Distinct hosts it opened flows to, distinct (host, port) pairs, distinct ports; and hosts that opened flows to it. Exact up to a bound, estimated beyond. */
  peersOut: 'u32',
  servicesOut: 'u32',
  portsOut: 'u32',
  peersIn: 'u32',
  portsIn: 'u32',
  /** Peers never seen with this host before this window. */
  newPeers: 'u32',
  synOut: 'u32',
  synIn: 'u32',
  rstOut: 'u32',
  rstIn: 'u32',
  synAckOut: 'u32',
  synAckIn: 'u32',
  icmpOut: 'u32',
  icmpIn: 'u32',
  arpOut: 'u32',
  udpOut: 'u32',
  dnsQueries: 'u32',
  dnsFailures: 'u32',
  dnsNames: 'u32',
  /** Shannon entropy, bits, of the destination ports and hosts of the flows it opened. */
  portEntropy: 'f32',
  peerEntropy: 'f32',
} as const;

export interface HostWindowBatch {
  count: number;
  capacity: number;
  columns: Columns<typeof hostWindowSchema>;
}

export function makeHostWindowBatch(capacity: number): HostWindowBatch {
  return { count: 0, capacity, columns: makeColumns(hostWindowSchema, capacity) };
}

/** What came to, and went out of, one host in one second. Only hosts above `pulseFloor` packets are written. */
export const pulseSchema = {
  host: 'u32',
  second: 'f64',
  packetsIn: 'u32',
  packetsOut: 'u32',
  bytesIn: 'f64',
  bytesOut: 'f64',
  synIn: 'u32',
  synOut: 'u32',
  /** SYN+ACK, RST received. */
  synAckIn: 'u32',
  rstIn: 'u32',
  /** SYN+ACK, RST sent. */
  synAckOut: 'u32',
  rstOut: 'u32',
  udpIn: 'u32',
  icmpIn: 'u32',
  /** ICMP and ICMPv6 in and out by what they are: echo requests, echo replies, destination unreachable. */
  echoRequestIn: 'u32',
  echoReplyIn: 'u32',
  unreachableIn: 'u32',
  unreachableOut: 'u32',
  /** Packets in that are neither TCP, UDP nor ICMP. */
  otherIn: 'u32',
  /** TCP segments in without payload that are neither SYN nor SYN+ACK (ACK, FIN, RST, no flags …). */
  emptyTcpIn: 'u32',
  udpBytesIn: 'f64',
  /** Packets in that are fragments, and their bytes. */
  fragmentsIn: 'u32',
  fragmentBytesIn: 'f64',
  /** Distinct senders, source and target ports towards it (exact to 8, beyond estimated with 6.5 % standard error). */
  sendersIn: 'u32',
  sourcePortsIn: 'u32',
  targetPortsIn: 'u32',
  /**
   * The host that sent most of the packets in and how many of them, and the most frequent source and target port
   * (ICMP: type and code). By majority vote: certain only where one makes up more than half.
   */
  topSender: 'u32',
  topSenderPackets: 'u32',
  topSourcePort: 'u16',
  topTargetPort: 'u16',
} as const;

export interface PulseBatch {
  count: number;
  capacity: number;
  columns: Columns<typeof pulseSchema>;
}

export function makePulseBatch(capacity: number): PulseBatch {
  return { count: 0, capacity, columns: makeColumns(pulseSchema, capacity) };
}

/** What hosts sent and received in one second, a row each; valid during the call. */
export interface SecondOfHosts {
  readonly count: number;
  readonly columns: Readonly<
    Record<'host' | 'packetsIn' | 'packetsOut', Uint32Array> & Record<'bytesIn' | 'bytesOut', Float64Array>
  >;
}

/** What one host sent to another in one second, as far as a record of their flow tells. */
export interface FlowShare {
  sender: number;
  target: number;
  /** Of the sender's address, to tell senders apart that have no id. */
  senderHash: number;
  proto: number;
  srcPort: number;
  dstPort: number;
  packets: number;
  bytes: number;
  syn: number;
  synAck: number;
  rst: number;
  /** TCP segments that carried nothing and were neither SYN nor SYN+ACK. */
  empty: number;
}

export interface WindowStageOptions {
  hosts: HostTable;
  /** Told of every second that closed, with all its hosts: for figures on screen. */
  onSecond?: ((second: number, hosts: SecondOfHosts) => void) | undefined;
  /** Host windows held open at once (default 200,000 per length); beyond it new hosts are not windowed, and counted. */
  ceiling?: number;
  /** Packets in or out within a second that make a pulse row (default 20). */
  pulseFloor?: number;
}

export interface WindowStage {
  /** After `FlowTable.process` (and the protocols) of the same batch. */
  process(segments: SegmentBatch, table: FlowTable, messages: readonly ProtocolMessage[]): void;
  /** In place of packets, where only records of flows are known: `second` begins, the first one too. */
  moveTo(second: number): void;
  /**
   * What was sent in the current second; `isSum`: in several seconds, then it counts for windows and makes no pulse.
   */
  share(share: FlowShare, isSum: boolean): void;
  /** Flows that opened and were answered in the current second: the events from row `from` on. */
  opened(events: FlowEventBatch, from: number): void;
  /** Appends windows and pulses that have closed (packet time passed their end) to the batches (which grow), oldest first. */
  drain(windows: HostWindowBatch, pulses: PulseBatch): void;
  /** Time has passed without packets: `second` since 1970; closes what it lies beyond. */
  advance(second: number): void;
  /** End of input: closes all. */
  finish(): void;
  /** Gives the memory of seconds and windows back; nothing but `statistics` may be asked for any more. */
  close(): void;
  readonly statistics: { windows: number; unwindowed: number };
}

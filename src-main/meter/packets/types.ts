/**
 * What the packets room hands on: records as they stand in the capture (`PacketBatch`), and one row for each
 * transport-level datagram found in them (`SegmentBatch`). A tunnelled packet gives several rows: outer first.
 */
import { makeColumns, type Columns } from '../columns.ts';

/** Rows a batch holds at most. Chosen so that one batch's columns stay within a core's second-level cache. */
export const BATCH_PACKETS = 4096;

export const packetSchema = {
  /** Where the captured bytes start in `PacketBatch.data`. */
  offset: 'u32',
  /** Bytes present. */
  captured: 'u32',
  /** Bytes that were on the wire. */
  wire: 'u32',
  /** Time: whole seconds since 1970 UTC (may be negative) and nanoseconds 0…999,999,999: together exact. */
  sec: 'f64',
  nano: 'u32',
  /** LINKTYPE_ number of tcpdump.org's registry. */
  link: 'u16',
  /** Interface index over all inputs (0 when the format knows none). */
  iface: 'u16',
  /** Where the record stands in the (decompressed) input: for warnings and for exporting packets again. */
  fileOffset: 'f64',
  /** Which of the inputs. */
  input: 'u16',
} as const;

export interface PacketBatch {
  /** Bytes of all packets of this batch; also of nothing else that matters. */
  data: Uint8Array;
  count: number;
  /** Number of the first packet in the whole capture, from 0. */
  first: number;
  readonly columns: Columns<typeof packetSchema>;
}

export function makePacketBatch(data: Uint8Array, capacity: number = BATCH_PACKETS): PacketBatch {
  return { data, count: 0, first: 0, columns: makeColumns(packetSchema, capacity) };
}

/** IP protocol numbers, and pseudo-numbers above 255 for what is not IP. */
export const PROTO = {
  ICMP: 1,
  IGMP: 2,
  IPIP: 4,
  TCP: 6,
  UDP: 17,
  IPV6: 41,
  GRE: 47,
  ESP: 50,
  AH: 51,
  ICMPV6: 58,
  OSPF: 89,
  PIM: 103,
  SCTP: 132,
  /** Address resolution; `src` and `dst` are the sender's and target's protocol addresses. */
  ARP: 256,
} as const;

/** `SegmentBatch.flags`. */
export const SEGMENT = {
  /** The addresses are IPv6 (else IPv4, mapped as ::ffff:a.b.c.d). */
  IPV6: 1,
  /** First fragment (has the transport header) of a fragmented datagram. */
  FRAGMENT_FIRST: 2,
  /** A later fragment: ports are those of its first fragment when that was seen, else 0. */
  FRAGMENT_LATER: 4,
  /** The capture does not hold all of the transport header or payload (snap length or cut file). */
  TRUNCATED: 8,
  /** The transport header could not be decoded (too short, or its lengths lie). */
  MALFORMED: 16,
  /** An outer layer of a tunnel whose inner packet follows as a row of its own. */
  HAS_INNER: 32,
  /** IPv4 header checksum or, where whole, TCP/UDP/ICMP checksum is wrong (never computed by default). */
  BAD_CHECKSUM: 64,
  /** A fragment whose bytes overlap an earlier fragment's. */
  FRAGMENT_OVERLAP: 128,
  /** The IP header states more bytes than the packet had on the wire (`ipLength` is what it states). */
  OVERLONG: 256,
} as const;

/** `SegmentBatch.tunnel`: what carried this row's packet (0: nothing did). */
export const TUNNEL = {
  NONE: 0,
  IP: 1,
  GRE: 2,
  ERSPAN: 3,
  VXLAN: 4,
  GENEVE: 5,
  GTPU: 6,
  TEREDO: 7,
  AYIYA: 8,
} as const;

export const segmentSchema = {
  /** Row of the `PacketBatch`. */
  packet: 'u32',
  /** Row of the enclosing tunnel's segment in this batch, or -1. */
  outer: 'i32',
  /** Four 32-bit words each, most significant first; IPv4 as 0, 0, 0xffff, a.b.c.d. */
  src: ['u32', 4],
  dst: ['u32', 4],
  srcPort: 'u16',
  /** For ICMP and ICMPv6: srcPort is the type, dstPort the code. For ARP: srcPort is the operation. */
  dstPort: 'u16',
  proto: 'u16',
  flags: 'u16',
  tunnel: 'u8',
  /** IP time to live or hop limit. */
  ttl: 'u8',
  /** Outermost VLAN id in the low 12 bits, the next one in bits 12–23; 0: none. */
  vlan: 'u32',
  /** IP length by its own header (header and payload; jumbo and zero-length (TSO) resolved from the wire length). */
  ipLength: 'u32',
  /** Transport payload: start in `data`, bytes by the headers, bytes captured (never more than by the headers). */
  payload: 'u32',
  payloadLength: 'u32',
  payloadCaptured: 'u32',
  /** Start of the IP (or ARP) header in `data`; of the transport header. */
  network: 'u32',
  transport: 'u32',
  /** TCP: the 8 flag bits and NS as bit 8. */
  tcpFlags: 'u16',
  tcpSeq: 'u32',
  tcpAck: 'u32',
  tcpWindow: 'u16',
  /** Filled in by the flow table: slot of the flow (-1: none), 1 when sent by the flow's originator. */
  slot: 'i32',
  fromOrig: 'u8',
  /** Time again, copied from the packet: rows are read far more often than written. */
  sec: 'f64',
  nano: 'u32',
  /** Source and destination MAC addresses as 48-bit integers (0 where the link layer has none). */
  srcMac: 'f64',
  dstMac: 'f64',
} as const;

export interface SegmentBatch {
  count: number;
  capacity: number;
  columns: Columns<typeof segmentSchema>;
}

export function makeSegmentBatch(capacity: number = BATCH_PACKETS * 2): SegmentBatch {
  return { count: 0, capacity, columns: makeColumns(segmentSchema, capacity) };
}

/** A thing wrong with an input that did not end the run. Same code and input: one entry that counts. */
export interface InputWarning {
  /** Closed list in `src-shared/domain/warnings.ts`. */
  code: string;
  message: string;
  /** Byte offset in the (decompressed) input of the first case. */
  offset: number;
  count: number;
}

export interface InputSummary {
  path: string;
  /** SHA-256 of the file's bytes as they are on disk, in hex. */
  sha256: string;
  /** pcap, pcapng; with `+gzip` or `+zstd` when compressed. */
  format: string;
  linkTypes: string[];
  packets: number;
  /** Captured bytes of all packets. */
  bytes: number;
  firstSec: number;
  firstNano: number;
  lastSec: number;
  lastNano: number;
  /** Packets that the capturing program says it lost; absent where the format does not tell. */
  dropped?: number;
  /** A copy that Sonde anonymised: payload was left out on purpose. */
  anonymised?: true;
  warnings: InputWarning[];
}

/** Reads captures as a stream in bounded memory. */
export interface PacketReader {
  /** The next packets, or null at the end. The batch stays valid until it is released. */
  read(): Promise<PacketBatch | null>;
  /** Gives the batch's memory back for reuse. */
  release(batch: PacketBatch): void;
  /** Input bytes consumed so far, as on disk (for progress), and in all (NaN when unknown). */
  progress(): { bytes: number; total: number };
  /** One entry an input; complete once `read` returned null. */
  summaries(): InputSummary[];
  close(): Promise<void>;
}

/** Finds the datagrams in packets. Holds state only for fragments (bounded). */
export interface PacketDecoder {
  /** Overwrites `into` with the rows of `packets`, which it may grow. */
  decode(packets: PacketBatch, into: SegmentBatch): void;
  /** Warnings of decoding (unsupported link types, malformed layers …), by input. */
  warnings(input: number): InputWarning[];
}

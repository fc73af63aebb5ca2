/**
 * What the layers of the decoder share while they take a packet apart. One instance a decoder; nothing is
 * allocated per packet. Layers call each other with positions:
 *
 * - `at`: where the layer's header starts in `data`;
 * - `end`: where the captured bytes of the enclosing layer end (never read at or behind it);
 * - `limit`: where they would end had all been captured (`limit ≥ end`); only for lengths, never for reading.
 */
import { growColumns, type Columns } from '../../columns.ts';
import type { WarningCode } from '../../../../src-shared/domain/warnings.ts';
import { makeSegmentBatch, SEGMENT, segmentSchema, type SegmentBatch } from '../types.ts';
import { FragmentTable } from './fragments.ts';

/** Tunnels inside each other that are followed. */
export const MAX_DEPTH = 4;

type Report = (code: WarningCode, input: number, offset: number, detail: string) => void;

/** Finds what a datagram carries. Told to the state by the decoder, so that layers need not know what is above. */
export interface Carriers {
  /** 1 for every UDP port that `overUdp` may know. */
  readonly udpPorts: Uint8Array;
  overIp(s: DecodeState, row: number, proto: number, at: number, end: number, limit: number): void;
  overUdp(s: DecodeState, row: number, at: number, end: number, limit: number): void;
}

export class DecodeState {
  data: Uint8Array = new Uint8Array(0);
  view: DataView = new DataView(new ArrayBuffer(0));
  segments: SegmentBatch = makeSegmentBatch(1);
  columns: Columns<typeof segmentSchema> = this.segments.columns;
  count = 0;
  readonly fragments = new FragmentTable();

  /** The packet's row, time, place in its input. */
  packet = 0;
  sec = 0;
  nano = 0;
  input = 0;
  fileOffset = 0;

  /** Link layer facts for the rows to come. */
  vlan = 0;
  srcMacHigh = 0;
  srcMacLow = 0;
  dstMacHigh = 0;
  dstMacLow = 0;

  /** Row of the enclosing tunnel's segment or -1, what carries the packet (TUNNEL), and how deep it is. */
  outer = -1;
  tunnel = 0;
  depth = 0;
  /** The enclosing segment is a first fragment: what is inside may state more bytes than are here. */
  isCut = false;
  /** Link-layer headers passed within this packet, to bound tags in tags. */
  layers = 0;

  /** The IP header being decoded. */
  readonly src = new Uint32Array(4);
  readonly dst = new Uint32Array(4);
  ttl = 0;
  ipLength = 0;
  network = 0;
  flags = 0;
  /** Behind an authentication header: a second one is not followed. */
  authenticated = false;

  readonly carriers: Carriers;
  /** Cases of each warning in this packet's input are counted by whoever owns the state. */
  private readonly report: Report;

  constructor(carriers: Carriers, report: Report) {
    this.carriers = carriers;
    this.report = report;
  }

  warn(code: WarningCode, detail = ''): void {
    this.report(code, this.input, this.fileOffset, detail);
  }

  /** Notes headers that contradict themselves; inside a tunnel they may be another protocol's. Gives false. */
  malformed(): false {
    if (this.depth === 0) this.warn('malformed-packet');
    return false;
  }

  /** Notes a header that lacks bytes up to `needed`: damage when the capture holds all there was. Gives false. */
  tooShort(end: number, limit: number, needed: number): false {
    return end < limit && needed <= limit ? false : this.malformed();
  }

  noMac(): void {
    this.srcMacHigh = this.srcMacLow = this.dstMacHigh = this.dstMacLow = 0;
  }

  /** The flags that follow from where the IP packet ends: by its header, as captured, and on the wire. */
  lengthFlags(ipLimit: number, end: number, limit: number): number {
    if (ipLimit <= end) return 0;
    if (ipLimit <= limit || this.isCut) return SEGMENT.TRUNCATED;
    this.malformed();
    return SEGMENT.TRUNCATED | SEGMENT.OVERLONG;
  }

  /** Reads the destination and source MAC addresses that stand at `at`; 12 bytes must be there. */
  readMacs(at: number): void {
    const { view } = this;
    this.dstMacHigh = view.getUint16(at);
    this.dstMacLow = view.getUint32(at + 2);
    this.srcMacHigh = view.getUint16(at + 6);
    this.srcMacLow = view.getUint32(at + 8);
  }

  /** Notes one more VLAN id: the first two of a packet are kept. */
  addVlan(id: number): void {
    const tag = id & 0xfff;
    if ((this.vlan & 0xfff) === 0) this.vlan |= tag;
    else if (this.vlan >>> 12 === 0) this.vlan |= tag << 12;
  }

  /** A row for what is being decoded: addresses, times and link facts are filled in, the rest is zero. */
  addRow(proto: number, transport: number): number {
    if (this.count === this.segments.capacity) this.grow();
    const row = this.count++;
    const c = this.columns;
    const { src, dst } = this;
    const w = row * 4;
    c.packet[row] = this.packet;
    c.outer[row] = this.outer;
    c.src[w] = src[0]!;
    c.src[w + 1] = src[1]!;
    c.src[w + 2] = src[2]!;
    c.src[w + 3] = src[3]!;
    c.dst[w] = dst[0]!;
    c.dst[w + 1] = dst[1]!;
    c.dst[w + 2] = dst[2]!;
    c.dst[w + 3] = dst[3]!;
    c.srcPort[row] = 0;
    c.dstPort[row] = 0;
    c.proto[row] = proto;
    c.flags[row] = this.flags;
    c.tunnel[row] = this.tunnel;
    c.ttl[row] = this.ttl;
    c.vlan[row] = this.vlan;
    c.ipLength[row] = this.ipLength;
    c.payload[row] = transport;
    c.payloadLength[row] = 0;
    c.payloadCaptured[row] = 0;
    c.network[row] = this.network;
    c.transport[row] = transport;
    c.tcpFlags[row] = 0;
    c.tcpSeq[row] = 0;
    c.tcpAck[row] = 0;
    c.tcpWindow[row] = 0;
    c.slot[row] = -1;
    c.fromOrig[row] = 0;
    c.sec[row] = this.sec;
    c.nano[row] = this.nano;
    c.srcMac[row] = this.srcMacHigh * 0x1_0000_0000 + this.srcMacLow;
    c.dstMac[row] = this.dstMacHigh * 0x1_0000_0000 + this.dstMacLow;
    return row;
  }

  /** Notes the payload of a row: `at…limit` by the headers, `at…end` captured. */
  setPayload(row: number, at: number, end: number, limit: number): void {
    const c = this.columns;
    c.payload[row] = at;
    c.payloadLength[row] = limit > at ? limit - at : 0;
    c.payloadCaptured[row] = end > at ? end - at : 0;
  }

  private grow(): void {
    const capacity = this.segments.capacity * 2;
    this.segments.columns = growColumns(segmentSchema, this.segments.columns, capacity);
    this.segments.capacity = capacity;
    this.columns = this.segments.columns;
  }
}

/** A layer: see the module's comment for the positions. */
export type Layer = (s: DecodeState, at: number, end: number, limit: number) => void;

/** Reads captures once more for the packets of some flows, and hands over a bounded number of them. */
import { openCaptures } from '../../../meter/packets/open.ts';
import { makeDecoder } from '../../../meter/packets/decoder.ts';
import { makeSegmentBatch, type PacketBatch, type SegmentBatch } from '../../../meter/packets/types.ts';
import type { ArpNamed, PacketKey } from '../../store/queries/packets.ts';
import { CLOSING, FlowMatch, isFromOriginator, SLACK, type Flow } from '../flow-match.ts';

/** A packet as it is held: its bytes, and where its payload stands in them. */
export interface HeldPacket {
  /** Place in the capture, from 1. */
  frame: number;
  sec: number;
  nano: number;
  link: number;
  wire: number;
  bytes: Uint8Array;
  /** Number of its flow; null: ARP. */
  flow: number | null;
  fromOrig: boolean;
  proto: number;
  /** Four words each, IPv4 mapped into IPv6. */
  source: Uint32Array;
  target: Uint32Array;
  sourcePort: number;
  targetPort: number;
  tcpFlags: number;
  sequence: number;
  /** Payload: where it stands in `bytes`, by the headers, and of this captured. */
  payload: number;
  payloadLength: number;
  payloadCaptured: number;
}

/** When a packet came. */
export type PacketTime = Pick<HeldPacket, 'sec' | 'nano'>;

export interface ScanOptions {
  arp?: ArpNamed | null;
  /** Packets that are left out before the first one that is handed over. */
  skip: number;
  packets: number;
  bytes: number;
  /**
   * Told of the packets of a batch, and when the first packet of all came, also where it was left out; and after each
   * batch how far it is.
   */
  onPackets(packets: HeldPacket[], since: PacketTime): void;
  onProgress(bytes: number, total: number): void;
  /** Asked before each batch: nothing more is read. */
  isStopped?(): boolean;
}

/** When the flows were alive, with some slack; everything where there are packets without a flow. */
function aliveIn(keys: readonly PacketKey[], arp: ArpNamed | null): { from: number; to: number } {
  if (arp !== null) return { from: -Infinity, to: Infinity };
  let [from, to] = [Infinity, -Infinity];
  for (const { sec, nano, duration } of keys) {
    const first = sec + nano / 1e9;
    from = Math.min(from, first - SLACK);
    to = Math.max(to, first + duration + CLOSING);
  }
  return { from, to };
}

/** Whether one of its packets may belong to flows that were alive then: what is not need not be decoded. */
function mayHold({ columns: c, count }: PacketBatch, { from, to }: { from: number; to: number }): boolean {
  for (let i = 0; i < count; i++) if (c.sec[i]! + 1 >= from && c.sec[i]! <= to) return true;
  return false;
}

function held(batch: PacketBatch, segments: SegmentBatch, row: number, flow: Flow | null): HeldPacket {
  const c = batch.columns;
  const s = segments.columns;
  const i = s.packet[row]!;
  const [at, end] = [c.offset[i]!, c.offset[i]! + c.captured[i]!];
  return {
    frame: batch.first + i + 1,
    sec: c.sec[i]!,
    nano: c.nano[i]!,
    link: c.link[i]!,
    wire: c.wire[i]!,
    bytes: batch.data.slice(at, end),
    flow: flow?.id ?? null,
    fromOrig: flow !== null && isFromOriginator(flow, segments, row),
    proto: s.proto[row]!,
    source: s.src.slice(row * 4, row * 4 + 4),
    target: s.dst.slice(row * 4, row * 4 + 4),
    sourcePort: s.srcPort[row]!,
    targetPort: s.dstPort[row]!,
    tcpFlags: s.tcpFlags[row]!,
    sequence: s.tcpSeq[row]!,
    payload: s.payload[row]! - at,
    payloadLength: s.payloadLength[row]!,
    payloadCaptured: s.payloadCaptured[row]!,
  };
}

/**
 * Hands over the packets of the flows in `keys`, and those of `arp`, in the order of the capture, until there are
 * `packets` of them or so many `bytes`. True: there were more.
 *
 * @throws InputError when no capture can be read.
 */
export async function scanPackets(
  paths: readonly string[],
  keys: readonly PacketKey[],
  o: ScanOptions,
): Promise<boolean> {
  const arp = o.arp ?? null;
  const alive = aliveIn(keys, arp);
  const match = new FlowMatch(keys, arp);
  const reader = await openCaptures(paths, { hash: 'none' });
  try {
    const decoder = makeDecoder();
    const segments = makeSegmentBatch();
    let [skip, left, bytes, more] = [o.skip, o.packets, o.bytes, false];
    let since: PacketTime | undefined;
    const isOver = (): boolean => more || match.complete || o.isStopped?.() === true;
    for (let batch = await reader.read(); batch && !isOver(); batch = await reader.read()) {
      const found: HeldPacket[] = [];
      const current = batch;
      if (mayHold(batch, alive)) {
        decoder.decode(batch, segments);
        let last = -1;
        match.mark(batch, segments, new Uint8Array(batch.count), (row, flow) => {
          // A tunnel's packet is one packet, however many of its layers belong to flows.
          const i = segments.columns.packet[row]!;
          if (i === last) return;
          last = i;
          since ??= { sec: current.columns.sec[i]!, nano: current.columns.nano[i]! };
          if (skip > 0) return void skip--;
          if (left === 0 || bytes < current.columns.captured[i]!) return void (more = true);
          left--;
          bytes -= current.columns.captured[i]!;
          found.push(held(current, segments, row, flow));
        });
      }
      reader.release(batch);
      if (since && found.length > 0) o.onPackets(found, since);
      const progress = reader.progress();
      o.onProgress(progress.bytes, progress.total);
    }
    return more;
  } finally {
    await reader.close();
  }
}

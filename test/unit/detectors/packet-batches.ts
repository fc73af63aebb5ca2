/** Made-up packets as decoded batches, for the tests of detectors of packets. */
import {
  makePacketBatch,
  makeSegmentBatch,
  PROTO,
  type PacketBatch,
  type SegmentBatch,
} from '../../../src-main/meter/packets/types.ts';

export interface MadePacket {
  /** Seconds. */
  at: number;
  /** Last byte of 10.0.0.x. */
  from: number;
  to: number;
  srcPort?: number;
  dstPort?: number;
  proto?: number;
  tcpFlags?: number;
  payload?: number;
  wire?: number;
  mac?: number;
  /** The decoder found nothing in it. */
  unknown?: boolean;
  /** A tunnelled packet inside follows as a row of its own. */
  inner?: boolean;
}

export function batchesOf(packets: readonly MadePacket[]): { packets: PacketBatch; segments: SegmentBatch } {
  const batch = makePacketBatch(new Uint8Array(0), Math.max(1, packets.length));
  const segments = makeSegmentBatch(Math.max(1, packets.length * 2));
  const c = segments.columns;
  const row = (p: number, made: MadePacket, outer: number): void => {
    const at = segments.count++;
    c.packet[at] = p;
    c.outer[at] = outer;
    c.src.set([0, 0, 0xffff, 0x0a000000 + made.from], at * 4);
    c.dst.set([0, 0, 0xffff, 0x0a000000 + made.to], at * 4);
    c.srcPort[at] = made.srcPort ?? 40000;
    c.dstPort[at] = made.dstPort ?? 443;
    c.proto[at] = made.proto ?? PROTO.TCP;
    c.tcpFlags[at] = made.tcpFlags ?? 16;
    c.payloadLength[at] = made.payload ?? 0;
    c.sec[at] = Math.floor(made.at);
    c.nano[at] = Math.round((made.at - Math.floor(made.at)) * 1e9);
    c.srcMac[at] = made.mac ?? made.from;
  };
  for (const [p, made] of packets.entries()) {
    batch.columns.wire[p] = made.wire ?? 54 + (made.payload ?? 0);
    batch.columns.sec[p] = Math.floor(made.at);
    batch.columns.nano[p] = Math.round((made.at - Math.floor(made.at)) * 1e9);
    batch.count++;
    if (made.unknown) continue;
    row(p, made, -1);
    if (made.inner) row(p, { ...made, from: made.from + 100 }, segments.count - 1);
  }
  return { packets: batch, segments };
}

/** Clients that ask servers and get larger answers, one after the other; a question every `pace` seconds on average. */
export function ordinaryPackets(count: number, random: () => number, pace = 0.03): MadePacket[] {
  const out: MadePacket[] = [];
  let at = 0;
  while (out.length < count) {
    const client = 1 + Math.floor(random() * 10);
    const server = 50 + Math.floor(random() * 4);
    const srcPort = 40000 + Math.floor(random() * 50);
    at += pace * (0.1 + random() * 1.8);
    out.push({ at, from: client, to: server, srcPort, dstPort: 443, payload: 100 + Math.floor(random() * 300) });
    at += 0.001 + random() * 0.004;
    const payload = 900 + Math.floor(random() * 500);
    out.push({ at, from: server, to: client, srcPort: 443, dstPort: srcPort, payload });
  }
  return out.slice(0, count);
}

/** Calls `take` with the packets in portions, as they come from a capture. */
export function inPortions(
  packets: readonly MadePacket[],
  size: number,
  take: (packets: PacketBatch, segments: SegmentBatch) => void,
): void {
  for (let from = 0; from < packets.length; from += size) {
    const { packets: batch, segments } = batchesOf(packets.slice(from, from + size));
    take(batch, segments);
  }
}

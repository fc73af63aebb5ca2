/** How much of each packet "headers only" keeps. */
import type { PacketBatch, SegmentBatch } from '../../packets/types.ts';

/** Of a packet in which nothing was recognised. */
const UNKNOWN_BYTES = 64;

/** Fills `into` (a row a packet) with the bytes up to the innermost transport payload. */
export function headerLengths(packets: PacketBatch, segments: SegmentBatch, into: Uint32Array): void {
  const { offset, captured } = packets.columns;
  for (let row = 0; row < packets.count; row++) into[row] = 0;
  const { packet, payload } = segments.columns;
  for (let i = 0; i < segments.count; i++) {
    const row = packet[i]!;
    const length = payload[i]! - offset[row]!;
    if (length > into[row]! && length <= captured[row]!) into[row] = length;
  }
  for (let row = 0; row < packets.count; row++) {
    if (into[row] === 0) into[row] = Math.min(UNKNOWN_BYTES, captured[row]!);
  }
}

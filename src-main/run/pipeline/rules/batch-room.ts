/** Batches of packets in memory that two threads see: copied in by one, laid out by the other. */
import { columnBytes, copyColumns, makeColumns } from '../../../meter/columns.ts';
import { packetSchema, segmentSchema, type PacketBatch, type SegmentBatch } from '../../../meter/packets/types.ts';
import type { SlotIds } from '../../../detect/signatures/flow/tracker.ts';
import type { BatchRoom, RuleStep } from './rule-messages.ts';

const KIB = 1024;
const NO_ID = -1;

/** A power of two: rooms fit batches that are a little larger too. */
function roomy(count: number): number {
  return Math.max(KIB, 2 ** Math.ceil(Math.log2(Math.max(1, count))));
}

/** Where the packets' bytes lie in `data`. */
function spanOf({ count, columns: { offset, captured } }: PacketBatch): [from: number, to: number] {
  let [from, to] = [Infinity, 0];
  for (let row = 0; row < count; row++) {
    const at = offset[row]!;
    if (at < from) from = at;
    if (at + captured[row]! > to) to = at + captured[row]!;
  }
  return count === 0 ? [0, 0] : [from, to];
}

/** `old`, or its parts that are large enough, with new ones in the place of the others. */
function fitting(old: BatchRoom | undefined, bytes: number, packets: number, segments: number): BatchRoom {
  const hasData = old !== undefined && old.data.byteLength >= bytes;
  const hasPackets = old !== undefined && old.packetRows >= packets;
  const hasSegments = old !== undefined && old.segmentRows >= segments;
  const packetRows = hasPackets ? old.packetRows : roomy(packets);
  const segmentRows = hasSegments ? old.segmentRows : roomy(segments);
  return {
    data: hasData ? old.data : new SharedArrayBuffer(roomy(bytes)),
    packets: hasPackets ? old.packets : new SharedArrayBuffer(columnBytes(packetSchema, packetRows)),
    packetRows,
    segments: hasSegments ? old.segments : new SharedArrayBuffer(columnBytes(segmentSchema, segmentRows)),
    segmentRows,
    ids: hasSegments ? old.ids : new SharedArrayBuffer(segmentRows * Float64Array.BYTES_PER_ELEMENT),
  };
}

/** Copies a batch, with the id of each segment's flow. */
export function fillRoom(
  old: BatchRoom | undefined,
  packets: PacketBatch,
  segments: SegmentBatch,
  table: SlotIds,
): BatchRoom {
  const [from, to] = spanOf(packets);
  const room = fitting(old, to, packets.count, segments.count);
  new Uint8Array(room.data).set(packets.data.subarray(from, to), from);
  copyColumns(packetSchema, packets.columns, makeColumns(packetSchema, room.packetRows, room.packets), packets.count);
  const columns = makeColumns(segmentSchema, room.segmentRows, room.segments);
  copyColumns(segmentSchema, segments.columns, columns, segments.count);
  const ids = new Float64Array(room.ids);
  const { id } = table.live;
  for (let row = 0; row < segments.count; row++) {
    const slot = columns.slot[row]!;
    ids[row] = slot < 0 ? NO_ID : id[slot]!;
  }
  return room;
}

/** Ids by slot, as far as the batches told them. */
export class ToldIds implements SlotIds {
  readonly live = { id: [] as number[] };

  /** The batch that a step brought. */
  batchOf({ room, packets, first, segments }: RuleStep & { room: BatchRoom }): {
    packets: PacketBatch;
    segments: SegmentBatch;
  } {
    const data = new Uint8Array(room.data);
    const columns = makeColumns(segmentSchema, room.segmentRows, room.segments);
    const ids = new Float64Array(room.ids);
    const { id } = this.live;
    for (let row = 0; row < segments; row++) {
      const slot = columns.slot[row]!;
      if (slot < 0) continue;
      // Without holes: an array with many is a dictionary, and slow.
      while (id.length < slot) id.push(NO_ID);
      id[slot] = ids[row]!;
    }
    return {
      packets: { data, count: packets, first, columns: makeColumns(packetSchema, room.packetRows, room.packets) },
      segments: { count: segments, capacity: room.segmentRows, columns },
    };
  }
}

/**
 * Batches cut by the packets' own clock. What behaviours see together may depend on how packets were batched; live
 * capture, a causal triage and sensors of a fleet therefore cut alike, by nothing but the packets: at multiples of a tenth
 * of a second since 1970. The grid is the same for every packet on every machine, so that what several sensors saw can be
 * put together as if one had seen it all.
 */
import type { PacketBatch } from '../../meter/packets/types.ts';

/** Packet time a cell of the grid spans: short beside the second in which an alert is wanted. */
export const CELLS_PER_SECOND = 10;
const CELL_NANOS = 1e9 / CELLS_PER_SECOND;

/** Steps back up to this many seconds are late packets, not a clock that was set: they count where they came. */
const LATE = 2;

/** The cell of the grid that a packet time lies in; whole. */
export function cellOf(sec: number, nano: number): number {
  return sec * CELLS_PER_SECOND + Math.floor(nano / CELL_NANOS);
}

/** Rows [from, to) of a batch, sharing its memory. */
export function part(batch: PacketBatch, from: number, to: number): PacketBatch {
  if (from === 0 && to === batch.count) return batch;
  const columns = Object.fromEntries(
    Object.entries(batch.columns).map(([name, values]) => [name, values.subarray(from, to)]),
  ) as unknown as PacketBatch['columns'];
  return { data: batch.data, count: to - from, first: batch.first + from, columns };
}

/** Whether a packet of this time belongs to the slice of `cell`. */
export function belongsTo(cell: number, sec: number, nano: number): boolean {
  const own = cellOf(sec, nano);
  return own <= cell && own >= cell - LATE * CELLS_PER_SECOND;
}

/** Where the slice ends that row `from` belongs to; `cell`: of that slice, where it began in another batch. */
export function sliceEnd({ count, columns: { sec, nano } }: PacketBatch, from: number, cell?: number): number {
  const own = cell ?? cellOf(sec[from]!, nano[from]!);
  let to = from + 1;
  while (to < count && belongsTo(own, sec[to]!, nano[to]!)) to++;
  return to;
}

/**
 * Batches cut by the packets' own clock. What behaviours see together may depend on how packets were batched; live
 * capture and a causal triage therefore cut alike, by nothing but the packets: a slice ends where a packet is
 * `SLICE_NANOS` or more after the slice's first, or before it, and with its batch.
 */
import type { PacketBatch } from '../../meter/packets/types.ts';

/** Packet time a slice spans at most, ns: short beside the second in which an alert is wanted. */
export const SLICE_NANOS = 100_000_000;

const BILLION = 1e9;

/** Rows [from, to) of a batch, sharing its memory. */
export function part(batch: PacketBatch, from: number, to: number): PacketBatch {
  if (from === 0 && to === batch.count) return batch;
  const columns = Object.fromEntries(
    Object.entries(batch.columns).map(([name, values]) => [name, values.subarray(from, to)]),
  ) as unknown as PacketBatch['columns'];
  return { data: batch.data, count: to - from, first: batch.first + from, columns };
}

/** Where the slice that begins at row `from` ends. */
export function sliceEnd({ count, columns: { sec, nano } }: PacketBatch, from: number): number {
  const [firstSec, firstNano] = [sec[from]!, nano[from]!];
  let to = from + 1;
  while (to < count) {
    const passed = (sec[to]! - firstSec) * BILLION + nano[to]! - firstNano;
    if (passed >= SLICE_NANOS || passed < 0) break;
    to++;
  }
  return to;
}

/** The slices of a batch in order. */
export function* slices(batch: PacketBatch): Generator<PacketBatch> {
  for (let from = 0; from < batch.count;) {
    const to = sliceEnd(batch, from);
    yield part(batch, from, to);
    from = to;
  }
}

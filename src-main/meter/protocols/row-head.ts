/** The part that every message has, of the packet in one row. */
import type { FlowTable } from '../flows/types.ts';
import type { SegmentBatch } from '../packets/types.ts';
import type { MessageHead } from './context.ts';

export function headOfRow({ columns: c }: SegmentBatch, row: number, { live }: FlowTable): MessageHead {
  const slot = c.slot[row]!;
  return {
    sec: c.sec[row]!,
    nano: c.nano[row]!,
    flow: live.id[slot]!,
    orig: live.origHost[slot]!,
    resp: live.respHost[slot]!,
    respPort: live.respPort[slot]!,
    fromOrig: c.fromOrig[row] === 1,
  };
}

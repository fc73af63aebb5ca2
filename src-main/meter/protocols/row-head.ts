/** The part that every message has, of the packet in one row. */
import type { FlowTable } from '../flows/types.ts';
import type { SegmentBatch } from '../packets/types.ts';
import type { MessageHead } from './context.ts';

/**
 * The same number. Times and ids come from columns of doubles, and as such each would be an object in every message and flow;
 * below 2^31 they need not be.
 */
export function plain(value: number): number {
  const small = value | 0;
  return small === value ? small : value;
}

export function headOfRow({ columns: c }: SegmentBatch, row: number, { live }: FlowTable): MessageHead {
  const slot = c.slot[row]!;
  return {
    sec: plain(c.sec[row]!),
    nano: c.nano[row]!,
    flow: plain(live.id[slot]!),
    orig: live.origHost[slot]!,
    resp: live.respHost[slot]!,
    respPort: live.respPort[slot]!,
    fromOrig: c.fromOrig[row] === 1,
  };
}

/** IP over IEEE 1394 as macOS captures it: two 64-bit addresses and an EtherType. */
import { etherPayload } from '../net/ethertype.ts';
import type { DecodeState } from '../net/state.ts';

const HEADER = 18;

export function fireWire(s: DecodeState, at: number, end: number, limit: number): void {
  if (end - at >= HEADER) etherPayload(s, s.view.getUint16(at + HEADER - 2), at + HEADER, end, limit);
}

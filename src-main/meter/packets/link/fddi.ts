/** FDDI: frame control, addresses, 802.2. Only LLC frames carry data. */
import { llc } from '../net/ethertype.ts';
import type { DecodeState } from '../net/state.ts';

const HEADER = 13;
const LLC_FRAME = 0x50;

export function fddi(s: DecodeState, at: number, end: number, limit: number): void {
  if (end - at < HEADER || (s.data[at]! & 0xf0) !== LLC_FRAME) return;
  s.readMacs(at + 1);
  llc(s, at + HEADER, end, limit);
}

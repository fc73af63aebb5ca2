/** IP over Fibre Channel (RFC 2625): a network header with two 64-bit names, then 802.2. */
import { llc } from '../net/ethertype.ts';
import type { DecodeState } from '../net/state.ts';

const HEADER = 16;

export function fibreChannel(s: DecodeState, at: number, end: number, limit: number): void {
  llc(s, at + HEADER, end, limit);
}

/** The `history` of a flow: one letter an event, upper case from the originator, lower case from the responder. */
import type { Columns } from '../columns.ts';
import { HISTORY_MAX, type flowSchema } from './types.ts';

type Live = Columns<typeof flowSchema>;

const LOWER = 0x20;
const CARET = 0x5e;

/** Letters by code. */
export const LETTER = {
  SYN: 0x53,
  HANDSHAKE: 0x48,
  ACK: 0x41,
  DATA: 0x44,
  FIN: 0x46,
  RST: 0x52,
  CHECKSUM: 0x43,
  GAP: 0x47,
  RETRANSMIT: 0x54,
  ZERO_WINDOW: 0x57,
  INCONSISTENT: 0x49,
  MULTI_FLAG: 0x51,
} as const;

export function addLetter(live: Live, slot: number, letter: number, side: number): void {
  const length = live.historyLength[slot]!;
  if (length >= HISTORY_MAX) return;
  live.history[slot * HISTORY_MAX + length] = side === 0 ? letter : letter | LOWER;
  live.historyLength[slot] = length + 1;
}

/** True for 1, 10, 100 …: letters of things that repeat without end are written that often. */
export function isMilestone(count: number): boolean {
  return (
    count === 1 ||
    (count >= 10 &&
      (count === 10 ||
        count === 100 ||
        count === 1000 ||
        count === 10000 ||
        count === 100000 ||
        count === 1000000 ||
        count === 10000000 ||
        count === 100000000 ||
        count === 1000000000))
  );
}

/** Marks that the ends were exchanged; letters written before change their case with them. */
export function addFlip(live: Live, slot: number): void {
  const base = slot * HISTORY_MAX;
  const length = Math.min(live.historyLength[slot]!, HISTORY_MAX - 1);
  for (let i = length; i > 0; i--) live.history[base + i] = live.history[base + i - 1]! ^ LOWER;
  live.history[base] = CARET;
  live.historyLength[slot] = length + 1;
}

export function historyText(history: Uint8Array, base: number, length: number): string {
  let text = '';
  for (let i = 0; i < length; i++) text += String.fromCharCode(history[base + i]!);
  return text;
}

import type { Window } from '../input/chunks.ts';
import type { PacketBatch } from '../types.ts';

/** What `parse` came to. */
export const PARSED = {
  /** Needs `need` bytes at the window's position, or the end of the input. */
  MORE: 0,
  /** The batch is full. */
  FULL: 1,
  /** Nothing that follows can be read. */
  STOP: 2,
} as const;

export type Parsed = (typeof PARSED)[keyof typeof PARSED];

/** Reads the records of one capture format out of windows. One instance an input. */
export interface FormatParser {
  readonly format: 'pcap' | 'pcapng';
  /** Bytes that `parse` waits for after MORE. */
  need: number;
  /** Link types of the interfaces described so far, in order of first mention. */
  readonly linkTypes: Set<number>;
  /** Packets that the capturing program says it lost, so far; undefined where it says nothing of it. */
  readonly dropped?: number | undefined;
  /** Every section of it is a copy that Sonde anonymised. */
  readonly isAnonymised?: boolean;
  /**
   * Appends records to `batch` and moves the window's position behind them. Packet bytes stay in the window.
   * With `window.eof`, MORE means that the input ends here.
   */
  parse(window: Window, batch: PacketBatch, capacity: number): Parsed;
}

/** Hands out interface numbers over all inputs (a u16 column: those beyond share the last one). */
export class InterfaceNumbers {
  private next = 0;

  take(): number {
    return Math.min(this.next++, 0xffff);
  }
}

/** The largest captured length of a record that is believed, in bytes; also Wireshark's limit for most link types. */
export const MAX_CAPTURED = 262_144;
/** The same for link types whose packets may be large: D-Bus, USBPcap, EBHSCR. */
const MAX_CAPTURED_LARGE = 128 * 1024 * 1024;
const LARGE_LINK_TYPES = new Set([231, 249, 279]);

export function maxCaptured(link: number): number {
  return LARGE_LINK_TYPES.has(link) ? MAX_CAPTURED_LARGE : MAX_CAPTURED;
}

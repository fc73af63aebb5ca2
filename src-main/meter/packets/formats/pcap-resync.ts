/**
 * Finding the next record of a pcap file after bytes that are none. The format has no marks, so a place counts
 * only when three records in a row, or all up to the end of the file, make sense there.
 */
import type { Window } from '../input/chunks.ts';
import { MAX_CAPTURED } from './format.ts';

const CHAIN = 3;
/** Seconds that a record after the damage may lie before or after the one before it. */
const NEAR = 86_400;
const EARLIEST = Date.UTC(1990, 0, 1) / 1000;

interface Layout {
  little: boolean;
  resolution: number;
  snaplen: number;
}

function nearInTime(sec: number, lastSec: number): boolean {
  return Number.isNaN(lastSec) ? sec >= EARLIEST : Math.abs(sec - lastSec) <= NEAR;
}

/** Length of the record at `at` if its header makes sense, else -1. */
function recordLength(window: Window, at: number, recordBytes: number, layout: Layout, lastSec: number): number {
  const { view } = window;
  const captured = view.getUint32(at + 8, layout.little);
  if (captured === 0 || captured > MAX_CAPTURED || (layout.snaplen > 0 && captured > layout.snaplen)) return -1;
  const wire = view.getUint32(at + 12, layout.little);
  if (wire < captured || wire > MAX_CAPTURED) return -1;
  if (view.getUint32(at + 4, layout.little) >= layout.resolution) return -1;
  return nearInTime(view.getUint32(at, layout.little), lastSec) ? recordBytes + captured : -1;
}

function isChain(window: Window, start: number, recordBytes: number, layout: Layout, lastSec: number): boolean {
  let at = start;
  for (let i = 0; i < CHAIN; i++) {
    if (at === window.end && window.eof && i > 0) return true;
    if (at + recordBytes > window.end) return false;
    const length = recordLength(window, at, recordBytes, layout, lastSec);
    if (length < 0 || at + length > window.end) return false;
    at += length;
  }
  return true;
}

/**
 * Position of the first believable record in the window before `limitAt`, or -1. `lastSec` is the time of the
 * last good record, NaN when there was none. At least a chain's worth of bytes must follow `limitAt` or the
 * input's end.
 */
export function findPcapRecord(
  window: Window,
  limitAt: number,
  recordBytes: number,
  layout: Layout,
  lastSec: number,
): number {
  for (let at = window.pos; at < limitAt && at + recordBytes <= window.end; at++) {
    if (isChain(window, at, recordBytes, layout, lastSec)) return at;
  }
  return -1;
}

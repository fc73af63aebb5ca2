/** Finding the next pcapng block after bytes that are none: a known type, and one length at both of its ends. */
import type { Window } from '../input/chunks.ts';

const SECTION = 0x0a0d0d0a;
const LARGEST_KNOWN = 10;
const CUSTOM = new Set([0x0bad, 0x40000bad]);

/** Length of a believable block at `at`, or 0. A section header brings its own byte order. */
function blockLength(window: Window, at: number, little: boolean, maxLength: number): number {
  const { view, end } = window;
  const type = view.getUint32(at, little);
  if (type !== SECTION && (type === 0 || type > LARGEST_KNOWN) && !CUSTOM.has(type)) return 0;
  const order = type === SECTION ? view.getUint32(at + 8, true) === 0x1a2b3c4d : little;
  const length = view.getUint32(at + 4, order);
  if (length < 12 || length > maxLength || (length & 3) !== 0 || at + length > end) return 0;
  return view.getUint32(at + length - 4, order) === length ? length : 0;
}

/**
 * Position of the first believable block in the window before `limitAt`, or -1. At least `maxLength` bytes must
 * follow `limitAt`, or the input's end.
 */
export function findBlock(window: Window, limitAt: number, little: boolean, maxLength: number): number {
  const last = Math.min(limitAt, window.end - 12);
  for (let at = window.pos; at <= last; at++) {
    if (blockLength(window, at, little, maxLength) > 0) return at;
  }
  return -1;
}

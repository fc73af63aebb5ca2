/**
 * Rooms for bytes that wait: used again, because making and clearing one takes longer than most of what is written into it. Sizes are
 * powers of two. A room holds what was in it before: only what its owner wrote may be read.
 */

/** The smallest, as a power of two. */
const LEAST = 9;
const SIZES = 31;
/** From so many bytes on, clearing a new one would take longer than making it. */
const LARGE = 4096;
/** Bytes of all rooms that wait for somebody. */
const SPARE_MAX = 8 << 20;

const spare: Uint8Array[][] = Array.from({ length: SIZES + 1 }, () => []);
let spareBytes = 0;

/** A room for at least `size` bytes. */
export function takeRoom(size: number): Uint8Array {
  const power = Math.max(LEAST, 32 - Math.clz32(Math.max(1, size) - 1));
  const room = spare[power]?.pop();
  if (room) {
    spareBytes -= room.length;
    return room;
  }
  const bytes = 2 ** power;
  // No Buffer: its slice() is no copy.
  return bytes < LARGE ? new Uint8Array(bytes) : new Uint8Array(Buffer.allocUnsafeSlow(bytes).buffer);
}

/** A room of `takeRoom` that nobody looks into any more; any other array is passed over. */
export function giveRoom(room: Uint8Array): void {
  const { length } = room;
  if (length < 1 << LEAST || spareBytes + length > SPARE_MAX) return;
  spareBytes += length;
  spare[31 - Math.clz32(length)]!.push(room);
}

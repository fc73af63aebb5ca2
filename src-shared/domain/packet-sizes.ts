/** Classes of packet length. */

/** Where a class begins, bytes on the wire (RMON's classes, RFC 2819, and two for longer frames). */
export const SIZE_CLASSES: readonly number[] = [0, 64, 65, 128, 256, 512, 1024, 1519, 9217];

/** Index of the class a length falls into. */
export function sizeClass(wire: number): number {
  let at = SIZE_CLASSES.length - 1;
  while (wire < SIZE_CLASSES[at]!) at--;
  return at;
}

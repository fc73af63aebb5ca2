/** One LZ4 block (lz4_Block_format.md of the LZ4 project). */

const LEAST_MATCH = 4;
const MORE = 15;

/**
 * Unpacks `from` into `into`; how many bytes that gave.
 *
 * @throws RangeError where the block is damaged or gives more than `into` holds.
 */
export function lz4Block(from: Uint8Array, into: Uint8Array): number {
  let at = 0;
  let out = 0;
  const length = (first: number): number => {
    let total = first;
    for (let byte = first === MORE ? 255 : 0; byte === 255; total += byte) {
      if (at >= from.length) throw new RangeError('an LZ4 block ends within a length');
      byte = from[at++]!;
    }
    return total;
  };
  while (at < from.length) {
    const token = from[at++]!;
    const literals = length(token >> 4);
    if (at + literals > from.length || out + literals > into.length) throw new RangeError('LZ4 literals are too long');
    into.set(from.subarray(at, at + literals), out);
    at += literals;
    out += literals;
    if (at === from.length) return out;
    if (at + 2 > from.length) throw new RangeError('an LZ4 block ends within an offset');
    const distance = from[at]! | (from[at + 1]! << 8);
    at += 2;
    const match = length(token & 15) + LEAST_MATCH;
    if (distance === 0 || distance > out || out + match > into.length) throw new RangeError('an LZ4 match is wrong');
    // Byte by byte: a match may run into what it writes.
    for (const end = out + match; out < end; out++) into[out] = into[out - distance]!;
  }
  return out;
}

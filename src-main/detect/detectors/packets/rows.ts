/** Which row of the decoder stands for a packet: its outermost datagram. */
import type { SegmentBatch } from '../../../meter/packets/types.ts';

type Rows = Int32Array<ArrayBuffer>;

/** One entry a packet: the row of its outermost datagram, −1 where the decoder found none. Grown when it is too short. */
export function outermost(segments: SegmentBatch, packets: number, into: Rows): Rows {
  const rows = into.length >= packets ? into : new Int32Array(packets * 2);
  rows.fill(-1, 0, packets);
  const { packet, outer } = segments.columns;
  for (let row = 0; row < segments.count; row++) {
    const at = packet[row]!;
    if (outer[row]! < 0 && at < packets && rows[at]! < 0) rows[at] = row;
  }
  return rows;
}

/** Murmur3's rounds over one more word. */
export function stirWord(hash: number, word: number): number {
  let k = Math.imul(word, 0xcc9e2d51);
  k = Math.imul((k << 15) | (k >>> 17), 0x1b873593);
  const h = hash ^ k;
  return (Math.imul((h << 13) | (h >>> 19), 5) + 0xe6546b64) | 0;
}

/** Hash of the four words of an address, 32 bits, not yet finished. */
export function stirAddress(hash: number, words: Uint32Array, at: number): number {
  const low = stirWord(stirWord(hash, words[at]!), words[at + 1]!);
  return stirWord(stirWord(low, words[at + 2]!), words[at + 3]!);
}

/** Murmur3's finaliser. */
export function finishHash(hash: number): number {
  let h = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

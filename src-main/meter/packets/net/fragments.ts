/**
 * Datagrams in fragments: which ports the later ones belong to, and whether their bytes overlap. A bounded
 * set-associative table over typed arrays; entries age by the packets' clock.
 */

const WAYS = 4;
const SETS = 2048;
const ENTRIES = SETS * WAYS;
/** Seconds after which a datagram's fragments are no longer waited for (RFC 8200, section 4.5). */
const TIMEOUT = 60;
/** Ranges remembered for each datagram; enough for 64 KiB in fragments of 1,280 bytes, and some. */
const RANGES = 64;
const KEY_WORDS = 10;

export class FragmentTable {
  /** Set by `see`: ports of the first fragment (0 when it was not seen), whether it was seen at all. */
  srcPort = 0;
  dstPort = 0;
  hasPorts = false;
  /** Set by `see`: these bytes overlap other bytes of the same datagram (a repeated fragment does not count). */
  overlaps = false;
  /** Set by `see`: a datagram that was not yet timed out had to make room. */
  evicted = false;

  private readonly keys = new Uint32Array(ENTRIES * KEY_WORDS);
  private readonly times = new Float64Array(ENTRIES).fill(-Infinity);
  private readonly ports = new Uint32Array(ENTRIES);
  private readonly known = new Uint8Array(ENTRIES);
  private readonly rangeCounts = new Uint8Array(ENTRIES);
  private readonly starts = new Uint32Array(ENTRIES * RANGES);
  private readonly ends = new Uint32Array(ENTRIES * RANGES);
  private readonly key = new Uint32Array(KEY_WORDS);

  /**
   * Notes a fragment of datagram (`src`, `dst`, `proto`, `id`) that covers bytes `start…end` of its payload, at
   * packet time `sec`. Gives the entry's number, for `setPorts`.
   */
  see(src: Uint32Array, dst: Uint32Array, proto: number, id: number, start: number, end: number, sec: number): number {
    const { key } = this;
    key.set(src, 0);
    key.set(dst, 4);
    key[8] = proto;
    key[9] = id;
    const entry = this.locate(sec);
    this.times[entry] = sec;
    this.hasPorts = this.known[entry] === 1;
    this.srcPort = this.ports[entry]! >>> 16;
    this.dstPort = this.ports[entry]! & 0xffff;
    this.overlaps = this.cover(entry, start, end);
    return entry;
  }

  setPorts(entry: number, srcPort: number, dstPort: number): void {
    this.ports[entry] = ((srcPort << 16) | dstPort) >>> 0;
    this.known[entry] = 1;
  }

  private hash(): number {
    let h = 0x811c9dc5;
    for (let i = 0; i < KEY_WORDS; i++) h = Math.imul(h ^ this.key[i]!, 0x85ebca6b) ^ (h >>> 15);
    return (h ^ (h >>> 13)) >>> 0;
  }

  private isSame(entry: number): boolean {
    const at = entry * KEY_WORDS;
    for (let i = 0; i < KEY_WORDS; i++) {
      if (this.keys[at + i] !== this.key[i]) return false;
    }
    return true;
  }

  /** The key's entry; the oldest of its set is given up when it has none. */
  private locate(sec: number): number {
    const first = (this.hash() & (SETS - 1)) * WAYS;
    let oldest = first;
    for (let entry = first; entry < first + WAYS; entry++) {
      const isAlive = Math.abs(sec - this.times[entry]!) <= TIMEOUT;
      if (isAlive && this.isSame(entry)) {
        this.evicted = false;
        return entry;
      }
      if (this.times[entry]! < this.times[oldest]!) oldest = entry;
    }
    this.evicted = Math.abs(sec - this.times[oldest]!) <= TIMEOUT;
    this.keys.set(this.key, oldest * KEY_WORDS);
    this.known[oldest] = 0;
    this.ports[oldest] = 0;
    this.rangeCounts[oldest] = 0;
    return oldest;
  }

  private cover(entry: number, start: number, end: number): boolean {
    const base = entry * RANGES;
    const count = this.rangeCounts[entry]!;
    let overlaps = false;
    for (let i = base; i < base + count; i++) {
      const isSame = this.starts[i] === start && this.ends[i] === end;
      if (isSame) return false;
      if (start < this.ends[i]! && this.starts[i]! < end) overlaps = true;
    }
    if (count < RANGES) {
      this.starts[base + count] = start;
      this.ends[base + count] = end;
      this.rangeCounts[entry] = count + 1;
    }
    return overlaps;
  }
}

/**
 * A table of four-byte grams that patterns are known by, and the search for them at every first, second or fourth place of
 * a buffer: a pattern is entered by as many grams, one behind the other, as places are passed over, so that one of them
 * meets a place that is looked at.
 *
 * Case is folded by one bit of each byte, which makes some other bytes alike too: what is found is compared afterwards.
 */
const FACTOR = 0x9e3779b1;
const FOLD = 0x20202020;
/** Bits of the filter for each entry; more cost cache, fewer cost comparisons. */
const SPARSE = 16;
/** How many windows of a pattern are tried for rarer grams. */
const WINDOWS = 64;

/** Bytes from which a view of words pays; never, where memory is not in the order of grams. */
const WORDS_FROM = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1 ? 128 : Infinity;

/** The last view: batches of packets are scanned many times in a row. */
let words: Int32Array = new Int32Array(0);

function wordsOf(buffer: ArrayBufferLike): Int32Array {
  if (words.buffer !== buffer) words = new Int32Array(buffer, 0, buffer.byteLength >>> 2);
  return words;
}

/** Grams of one pattern that are weighed against each other; `add` runs for one pattern at a time. */
const grams = new Int32Array(WINDOWS + 4);
const costs = new Float64Array(WINDOWS + 4);

export class GramTable {
  readonly stride: 1 | 2 | 4;
  private count = 0;
  /** By entry, in the order in which they came: the gram, its pattern, its place within the pattern. */
  private grams = new Int32Array(16);
  private patterns = new Uint32Array(16);
  private offsets = new Uint16Array(16);
  /** The entry before it of the same gram; -1: none. */
  private next = new Int32Array(16);
  /** By slot of a gram: the gram, 1 + its last entry (0: the slot is free), and how many entries it has. */
  private keys = new Int32Array(64);
  private lasts = new Int32Array(64);
  private uses = new Int32Array(64);
  private keyShift = 26;
  private slots = 0;
  private filter = new Uint32Array(1);
  private filterShift = 31;

  constructor(stride: 1 | 2 | 4) {
    this.stride = stride;
  }

  get isEmpty(): boolean {
    return this.count === 0;
  }

  /** `bytes` has at least three bytes and the stride. */
  add(bytes: Uint8Array, pattern: number): void {
    const { stride, keys, lasts, uses } = this;
    const last = Math.min(bytes.length - 4, WINDOWS + stride - 1);
    for (let at = 0; at <= last; at++) {
      const gram = (grams[at] = gramAt(bytes, at));
      const slot = this.slotOf(gram);
      costs[at] = dullness(gram) + (lasts[slot] !== 0 && keys[slot] === gram ? uses[slot]! * 4 : 0);
    }
    let best = 0;
    let least = Infinity;
    for (let at = 0; at + stride - 1 <= last; at++) {
      let cost = 0;
      for (let i = 0; i < stride; i++) cost += costs[at + i]!;
      if (cost < least) [best, least] = [at, cost];
    }
    for (let offset = best; offset < best + stride; offset++) this.enter(grams[offset]!, pattern, offset);
  }

  private enter(gram: number, pattern: number, offset: number): void {
    if (this.count === this.grams.length) this.growEntries();
    if (this.slots * 2 >= this.keys.length) this.growSlots();
    const entry = this.count++;
    const slot = this.slotOf(gram);
    if (this.lasts[slot] === 0) this.slots++;
    this.grams[entry] = gram;
    this.patterns[entry] = pattern;
    this.offsets[entry] = offset;
    this.next[entry] = this.lasts[slot]! - 1;
    this.keys[slot] = gram;
    this.lasts[slot] = entry + 1;
    this.uses[slot]!++;
  }

  private growEntries(): void {
    const size = 2 * this.count;
    this.grams = grown(this.grams, new Int32Array(size));
    this.patterns = grown(this.patterns, new Uint32Array(size));
    this.offsets = grown(this.offsets, new Uint16Array(size));
    this.next = grown(this.next, new Int32Array(size));
  }

  private growSlots(): void {
    const { keys, lasts, uses } = this;
    const size = 2 * keys.length;
    this.keys = new Int32Array(size);
    this.lasts = new Int32Array(size);
    this.uses = new Int32Array(size);
    this.keyShift--;
    for (const [i, last] of lasts.entries()) {
      if (last === 0) continue;
      const slot = this.slotOf(keys[i]!);
      this.keys[slot] = keys[i]!;
      this.lasts[slot] = last;
      this.uses[slot] = uses[i]!;
    }
  }

  /** Where the gram stands, or would. */
  private slotOf(gram: number): number {
    const { keys, lasts } = this;
    let slot = Math.imul(gram, FACTOR) >>> this.keyShift;
    while (lasts[slot] !== 0 && keys[slot] !== gram) slot = (slot + 1) & (keys.length - 1);
    return slot;
  }

  /** All were added. */
  build(): void {
    if (this.count === 0) return;
    const bits = Math.min(22, Math.max(12, 32 - Math.clz32(this.count * SPARSE)));
    this.filter = new Uint32Array(1 << (bits - 5));
    this.filterShift = 32 - bits;
    for (let i = 0; i < this.count; i++) {
      const bit = Math.imul(this.grams[i]!, FACTOR) >>> this.filterShift;
      this.filter[bit >>> 5]! |= 1 << (bit & 31);
    }
  }

  /**
   * Calls `compare` with each pattern whose gram stands in [from, end) of `buffer`, and where the pattern would begin;
   * false ends it. Costs less than a nanosecond a place where nothing is found (`test/bench/rules.ts`).
   */
  scan(buffer: Uint8Array, from: number, end: number, compare: (pattern: number, at: number) => boolean): void {
    if (end - from < 4) return;
    if (this.stride === 4 && end - from >= WORDS_FROM) this.scanWords(buffer, from, end, compare);
    else this.scanBytes(buffer, from, end, compare);
  }

  private scanBytes(
    buffer: Uint8Array,
    from: number,
    end: number,
    compare: (pattern: number, at: number) => boolean,
  ): void {
    const { filter, filterShift, stride } = this;
    const last = end - 4;
    for (let i = from; i <= last; i += stride) {
      const gram = buffer[i]! | (buffer[i + 1]! << 8) | (buffer[i + 2]! << 16) | (buffer[i + 3]! << 24) | FOLD;
      const bit = Math.imul(gram, FACTOR) >>> filterShift;
      if ((filter[bit >>> 5]! & (1 << (bit & 31))) !== 0 && !this.meet(gram, i, compare)) return;
    }
  }

  /** Every fourth place may as well be those where memory is read a word at a time. */
  private scanWords(
    buffer: Uint8Array,
    from: number,
    end: number,
    compare: (pattern: number, at: number) => boolean,
  ): void {
    const { filter, filterShift } = this;
    const { byteOffset } = buffer;
    const words = wordsOf(buffer.buffer);
    const stop = (byteOffset + end) >>> 2;
    for (let i = (byteOffset + from + 3) >>> 2; i < stop; i++) {
      const gram = words[i]! | FOLD;
      const bit = Math.imul(gram, FACTOR) >>> filterShift;
      if ((filter[bit >>> 5]! & (1 << (bit & 31))) !== 0 && !this.meet(gram, i * 4 - byteOffset, compare)) return;
    }
  }

  private meet(gram: number, place: number, compare: (pattern: number, at: number) => boolean): boolean {
    const { next, patterns, offsets } = this;
    for (let e = this.lasts[this.slotOf(gram)]! - 1; e >= 0; e = next[e]!)
      if (!compare(patterns[e]!, place - offsets[e]!)) return false;
    return true;
  }
}

function grown<T extends Int32Array | Uint32Array | Uint16Array>(from: T, to: T): T {
  to.set(from);
  return to;
}

function gramAt(bytes: Uint8Array, at: number): number {
  return bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24) | FOLD;
}

/** How common a gram is apart from other patterns: one byte again and again, or what nearly every request has. */
function dullness(gram: number): number {
  const [a, b, c, d] = [gram & 255, (gram >>> 8) & 255, (gram >>> 16) & 255, gram >>> 24];
  const same = Number(a === b) + Number(b === c) + Number(c === d);
  return same * 8 + (COMMON.has(gram) ? 64 : 0);
}

/** Four bytes that nearly every web request or answer has; zeros and spaces are everywhere. */
const COMMON: ReadonlySet<number> = new Set(
  [
    ...['http', 'ttp/', 'tp/1', 'p/1.', '/1.1', 'get ', 'post', '.com', 'www.', '.htm', 'html', '.php', 'cont', 'ent-'],
    ...[': */', '    ', '://w', 'user', 'agen'],
  ].map((word) => gramAt(Buffer.from(word), 0)),
);

/** Addresses to small numbers, so that per-host state can live in columns. */

import { stir, TABLE_SEED } from './table-seed.ts';

const WORDS = 4;
const EMPTY = -1;

/** One of the two families, from the four words of an address. */
export function isIPv4(words: Uint32Array, at: number): boolean {
  return words[at] === 0 && words[at + 1] === 0 && words[at + 2] === 0xffff;
}

/** Share of the table that any address may take; the rest is for private ones (RFC 1918, RFC 4193, link-local). */
const OPEN_SHARE = 0.75;

/**
 * Whether an address given as four words means something inside one network only: 10/8, 172.16/12, 192.168/16, 169.254/16,
 * 127/8, fc00::/7, fe80::/10 (RFC 1918, 3927, 1122, 4193, 4291).
 */
export function isPrivate(a: number, b: number, c: number, d: number): boolean {
  if (a === 0 && b === 0 && c === 0xffff) {
    const top = d >>> 24;
    return top === 10 || top === 127 || d >>> 20 === 0xac1 || d >>> 16 === 0xc0a8 || d >>> 16 === 0xa9fe;
  }
  return a >>> 25 === 0x7e || a >>> 22 === 0x3fa;
}

/** Place of an address in a table, 32 bits; another in every process (see table-seed.ts). */
export function hashAddress(a: number, b: number, c: number, d: number): number {
  const h = a === 0 && b === 0 && c === 0xffff ? TABLE_SEED : stir(stir(stir(TABLE_SEED, a), b), c);
  return stir(h, d) >>> 0;
}

/**
 * Open-addressing table of addresses. Ids count from 1 in order of first sight; 0 stands for every address
 * beyond the ceiling, so that a spoofed flood costs a bounded amount of memory.
 */
export class HostTable {
  /** Addresses by id, four words each. */
  words: Uint32Array;
  /** Number of ids given out; valid ids are 1…size. */
  size = 0;
  /** How often an address came too late to get an id. */
  overflowed = 0;
  private readonly ceiling: number;
  /** Pairs: id (or EMPTY), hash. Beside each other, so that a probe touches one cache line and no address but its own. */
  private slots: Int32Array;
  private mask: number;

  constructor(ceiling = 1 << 20, initial = 1 << 12) {
    this.ceiling = ceiling;
    this.words = new Uint32Array((initial + 1) * WORDS);
    this.slots = new Int32Array(initial * 4).fill(EMPTY);
    this.mask = initial * 2 - 1;
  }

  /** Id of the address whose four words stand at `words[at…at+3]`; a new one when it was not seen before. */
  intern(words: Uint32Array, at: number): number {
    const a = words[at]!;
    const b = words[at + 1]!;
    const c = words[at + 2]!;
    const d = words[at + 3]!;
    const hash = hashAddress(a, b, c, d) | 0;
    const { slots, mask, words: known } = this;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const id = slots[slot * 2]!;
      if (id === EMPTY) return this.add(slot, hash, a, b, c, d);
      if (slots[slot * 2 + 1] !== hash) continue;
      const w = id * WORDS;
      if (known[w + 3] === d && known[w + 2] === c && known[w + 1] === b && known[w] === a) return id;
    }
  }

  /** Id of an address, or 0 when it has none. */
  find(words: Uint32Array, at: number): number {
    const a = words[at]!;
    const b = words[at + 1]!;
    const c = words[at + 2]!;
    const d = words[at + 3]!;
    const hash = hashAddress(a, b, c, d) | 0;
    const { slots, mask, words: known } = this;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const id = slots[slot * 2]!;
      if (id === EMPTY) return 0;
      if (slots[slot * 2 + 1] !== hash) continue;
      const w = id * WORDS;
      if (known[w + 3] === d && known[w + 2] === c && known[w + 1] === b && known[w] === a) return id;
    }
  }

  /** Brings where `intern` will look into the cache; the number means nothing. */
  touch(words: Uint32Array, at: number): number {
    const hash = hashAddress(words[at]!, words[at + 1]!, words[at + 2]!, words[at + 3]!);
    return this.slots[(hash & this.mask) * 2]!;
  }

  private add(slot: number, hash: number, a: number, b: number, c: number, d: number): number {
    // Forged addresses must not fill the last of it: who is behind an attack is often one of our own.
    if (this.size >= this.ceiling || (this.size >= this.ceiling * OPEN_SHARE && !isPrivate(a, b, c, d))) {
      this.overflowed++;
      return 0;
    }
    const id = ++this.size;
    if ((id + 1) * WORDS > this.words.length) this.growWords();
    const w = id * WORDS;
    this.words[w] = a;
    this.words[w + 1] = b;
    this.words[w + 2] = c;
    this.words[w + 3] = d;
    this.slots[slot * 2] = id;
    this.slots[slot * 2 + 1] = hash;
    if (this.size * 2 > this.mask) this.rehash();
    return id;
  }

  private growWords(): void {
    const grown = new Uint32Array(this.words.length * 2);
    grown.set(this.words);
    this.words = grown;
  }

  private rehash(): void {
    const old = this.slots;
    const slots = new Int32Array(old.length * 2).fill(EMPTY);
    const mask = slots.length / 2 - 1;
    for (let i = 0; i < old.length; i += 2) {
      if (old[i] === EMPTY) continue;
      let slot = old[i + 1]! & mask;
      while (slots[slot * 2] !== EMPTY) slot = (slot + 1) & mask;
      slots[slot * 2] = old[i]!;
      slots[slot * 2 + 1] = old[i + 1]!;
    }
    this.slots = slots;
    this.mask = mask;
  }

  /** Textual form (RFC 5952 for IPv6). Id 0 gives "::". */
  address(id: number): string {
    return formatAddress(this.words, id * WORDS);
  }
}

/** Dotted quad for a mapped IPv4 address, else RFC 5952 text, of the four words at `words[at…]`. */
export function formatAddress(words: Uint32Array, at: number): string {
  const d = words[at + 3]!;
  if (isIPv4(words, at)) return `${d >>> 24}.${(d >>> 16) & 255}.${(d >>> 8) & 255}.${d & 255}`;
  const groups: number[] = [];
  for (let i = 0; i < WORDS; i++) groups.push(words[at + i]! >>> 16, words[at + i]! & 0xffff);
  return compressGroups(groups);
}

function compressGroups(groups: readonly number[]): string {
  let best = -1;
  let bestLength = 1;
  for (let i = 0; i < groups.length; i++) {
    let length = 0;
    while (i + length < groups.length && groups[i + length] === 0) length++;
    if (length > bestLength) [best, bestLength] = [i, length];
  }
  const hex = (part: readonly number[]): string => part.map((g) => g.toString(16)).join(':');
  return best < 0 ? hex(groups) : `${hex(groups.slice(0, best))}::${hex(groups.slice(best + bestLength))}`;
}

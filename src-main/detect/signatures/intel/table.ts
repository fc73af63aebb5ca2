/**
 * Millions of entries by 128-bit keys, in typed arrays: 31 bytes an entry and 6 to 11 bytes of slots.
 *
 * Addresses and JA3 are keys themselves. Names, URLs and JA4 are known by the first 128 bits of their SHA-256: that two
 * different ones are taken for each other has a chance below 5,000,000 / 2^128 a look-up, and nobody can bring it about. Of the
 * hashes of certificates, too, the first 128 bits count.
 */
import { stir, TABLE_SEED } from '../../../meter/table-seed.ts';

/** Kinds from 0 to 128 are addresses, by the length of their prefix. */
export const KIND = { DOMAIN: 129, DOMAIN_BELOW: 130, URL: 131, JA3: 132, JA4: 133, SHA1: 134, SHA256: 135 } as const;

export type Key = Uint32Array;

const CHUNK_BITS = 16;
const CHUNK = 1 << CHUNK_BITS;
const FULL = 0.65;
/** A slot: number of an entry plus one, and above it eight bits of its hash, so that few wrong entries are looked at. */
const ENTRY_BITS = 24;
const ENTRY = (1 << ENTRY_BITS) - 1;
/** Entries there can be. */
export const TABLE_MAX = ENTRY - 1;

interface Chunk {
  keys: Uint32Array;
  kind: Uint8Array;
  said: Uint32Array;
  added: Uint32Array;
  expires: Uint32Array;
  port: Uint16Array;
}

const makeChunk = (): Chunk => ({
  keys: new Uint32Array(CHUNK * 4),
  kind: new Uint8Array(CHUNK),
  said: new Uint32Array(CHUNK),
  added: new Uint32Array(CHUNK),
  expires: new Uint32Array(CHUNK),
  port: new Uint16Array(CHUNK),
});

/** What is kept of an entry. `said`: a number that the caller gives a meaning. Times in seconds since 1970, 0: none. */
export interface Row {
  said: number;
  added: number;
  expires: number;
  port: number;
}

function placeOf(kind: number, key: Key): number {
  return stir(stir(stir(stir(stir(TABLE_SEED, kind), key[0]!), key[1]!), key[2]!), key[3]!) >>> 0;
}

export class IndicatorTable {
  size = 0;
  /** Entries by kind. */
  readonly counts = new Uint32Array(256);
  private readonly chunks: Chunk[] = [];
  /** 0: free. */
  private slots = new Uint32Array(1 << 12);

  /** Numbers of all entries under a key, in the order they came. */
  find(kind: number, key: Key): number[] {
    const found: number[] = [];
    if (this.counts[kind] === 0) return found;
    const { slots } = this;
    const mask = slots.length - 1;
    const hash = placeOf(kind, key);
    const tag = hash >>> ENTRY_BITS;
    for (let at = hash & mask; ; at = (at + 1) & mask) {
      const slot = slots[at]!;
      if (slot === 0) return found;
      if (slot >>> ENTRY_BITS === tag && this.holds((slot & ENTRY) - 1, kind, key)) found.push((slot & ENTRY) - 1);
    }
  }

  row(entry: number): Row {
    const { said, added, expires, port } = this.chunks[entry >>> CHUNK_BITS]!;
    const at = entry & (CHUNK - 1);
    return { said: said[at]!, added: added[at]!, expires: expires[at]!, port: port[at]! };
  }

  write(entry: number, row: Row): void {
    const chunk = this.chunks[entry >>> CHUNK_BITS]!;
    const at = entry & (CHUNK - 1);
    chunk.said[at] = row.said;
    chunk.added[at] = row.added;
    chunk.expires[at] = row.expires;
    chunk.port[at] = row.port;
  }

  add(kind: number, key: Key, row: Row): void {
    if (this.size >= this.slots.length * FULL) this.grow();
    const entry = this.size++;
    const at = entry & (CHUNK - 1);
    if (at === 0) this.chunks.push(makeChunk());
    const chunk = this.chunks[entry >>> CHUNK_BITS]!;
    chunk.keys.set(key, at * 4);
    chunk.kind[at] = kind;
    this.counts[kind]!++;
    this.write(entry, row);
    this.place(entry, placeOf(kind, key));
  }

  private holds(entry: number, kind: number, key: Key): boolean {
    const chunk = this.chunks[entry >>> CHUNK_BITS]!;
    const at = entry & (CHUNK - 1);
    const { keys } = chunk;
    return (
      chunk.kind[at] === kind &&
      keys[at * 4] === key[0] &&
      keys[at * 4 + 1] === key[1] &&
      keys[at * 4 + 2] === key[2] &&
      keys[at * 4 + 3] === key[3]
    );
  }

  private place(entry: number, hash: number): void {
    const { slots } = this;
    const mask = slots.length - 1;
    let slot = hash & mask;
    while (slots[slot] !== 0) slot = (slot + 1) & mask;
    slots[slot] = ((hash & ~ENTRY) | (entry + 1)) >>> 0;
  }

  private grow(): void {
    this.slots = new Uint32Array(this.slots.length * 2);
    for (let entry = 0; entry < this.size; entry++) {
      const chunk = this.chunks[entry >>> CHUNK_BITS]!;
      const at = entry & (CHUNK - 1);
      this.place(entry, placeOf(chunk.kind[at]!, chunk.keys.subarray(at * 4, at * 4 + 4)));
    }
  }
}

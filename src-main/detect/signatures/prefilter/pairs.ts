/**
 * The search for few patterns at once, of which some are short: each is known by two bytes of it that are rare, and one pass over a
 * buffer meets all of them. Many patterns would meet everything: they are found by four bytes (`grams.ts`).
 *
 * Case is folded by one bit, which makes some other bytes alike too, and some pairs share a place: what is found is compared
 * afterwards.
 */

/** So many are few. */
export const FEW_PATTERNS = 128;
const FOLD = 0x20;
const PLACES = 4096;
/** What a pair costs more for each pattern that is known by it. */
const SHARED = 16;
/** How many places of a pattern are tried for rarer pairs. */
const TRIED = 64;

const placeOf = (first: number, second: number): number => (first ^ (second << 5)) & (PLACES - 1);

/** How common a byte is in text: the most usual letters, others and what stands between words, signs. Zeros fill binary fields. */
const COMMON = Uint8Array.from({ length: 256 }, (_, byte) => {
  const letter = String.fromCharCode(byte | FOLD);
  if ('etaoinsr'.includes(letter)) return 8;
  if (/[a-z0-9]/.test(letter)) return 4;
  return byte === 0 || '/.=&-; \r\n'.includes(String.fromCharCode(byte)) ? 5 : 1;
});

export class PairTable {
  private readonly bits = new Uint32Array(PLACES / 32);
  /** By place: the last pattern that is known by it, and by pattern the one before it; -1: none. */
  private readonly lasts = new Int32Array(PLACES).fill(-1);
  private readonly uses = new Uint8Array(PLACES);
  private readonly before = new Int32Array(FEW_PATTERNS).fill(-1);
  private readonly offsets = new Uint8Array(FEW_PATTERNS);
  isEmpty = true;

  /** `bytes` has at least two bytes; `pattern` is below {@link FEW_PATTERNS}. */
  add(bytes: Uint8Array, pattern: number): void {
    this.isEmpty = false;
    let best = 0;
    let least = Infinity;
    for (let at = 0; at + 1 < bytes.length && at < TRIED; at++) {
      const place = placeOf(bytes[at]! | FOLD, bytes[at + 1]! | FOLD);
      const cost = COMMON[bytes[at]!]! * COMMON[bytes[at + 1]!]! + SHARED * this.uses[place]!;
      if (cost < least) [best, least] = [at, cost];
    }
    const place = placeOf(bytes[best]! | FOLD, bytes[best + 1]! | FOLD);
    this.bits[place >>> 5]! |= 1 << (place & 31);
    this.uses[place]!++;
    this.offsets[pattern] = best;
    this.before[pattern] = this.lasts[place]!;
    this.lasts[place] = pattern;
  }

  /** As `GramTable.scan`. */
  scan(buffer: Uint8Array, from: number, end: number, compare: (pattern: number, at: number) => boolean): void {
    const { bits, lasts, before, offsets } = this;
    let first = buffer[from]! | FOLD;
    for (let i = from + 1; i < end; i++) {
      const second = buffer[i]! | FOLD;
      const place = placeOf(first, second);
      first = second;
      if ((bits[place >>> 5]! & (1 << (place & 31))) === 0) continue;
      for (let e = lasts[place]!; e >= 0; e = before[e]!) if (!compare(e, i - 1 - offsets[e]!)) return;
    }
  }
}

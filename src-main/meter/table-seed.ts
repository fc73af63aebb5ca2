/**
 * Hashing for tables whose keys strangers choose. Seeded anew in every process, so that nobody can prepare a capture
 * whose addresses all fall on one place. Nothing but the place of a row depends on it: results are the same for every
 * seed.
 */
import { randomInt } from 'node:crypto';

/** 32 bits. */
export const TABLE_SEED = randomInt(2 ** 32) | 0;

/** One round: not linear in `word`, so that differences of several words cannot be made to cancel out. */
export function stir(h: number, word: number): number {
  let x = Math.imul(h ^ word, 0x85ebca6b);
  x ^= x >>> 15;
  x = Math.imul(x, 0xc2b2ae35);
  return x ^ (x >>> 13);
}

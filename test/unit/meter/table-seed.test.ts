import { describe, expect, it } from 'vitest';
import { hashAddress } from '../../../src-main/meter/hosts.ts';
import { stir } from '../../../src-main/meter/table-seed.ts';

/** Inverse of an odd number modulo 2^32 (Newton). */
function inverse(odd: number): number {
  let x = odd;
  for (let i = 0; i < 5; i++) x = Math.imul(x, 2 - Math.imul(odd, x));
  return x;
}

describe('hashing of addresses that strangers choose', () => {
  it('spreads addresses made to fall together under a linear hash', () => {
    // Words b and d chosen so that the two products cancel out, for a hash that xors one product a word.
    const places = new Set<number>();
    const undo = Math.imul(0x1b873593, inverse(0xc2b2ae35));
    for (let i = 0; i < 4096; i++) places.add(hashAddress(0x20010db8, i, 0, Math.imul(i, undo) >>> 0) & 0xfff);
    // 4,096 keys in as many places leave about 63 % of them taken.
    expect(places.size).toBeGreaterThan(2300);
  });

  it('spreads neighbours', () => {
    const places = new Set<number>();
    for (let i = 0; i < 4096; i++) places.add(hashAddress(0, 0, 0xffff, 0x0a000000 + i) & 0xfff);
    expect(places.size).toBeGreaterThan(2300);
  });

  it('loses no difference: a round is a bijection of its word', () => {
    const seen = new Set<number>();
    for (let i = 0; i < 20_000; i++) seen.add(stir(12345, Math.imul(i, 0x9e3779b1)));
    expect(seen.size).toBe(20_000);
  });
});

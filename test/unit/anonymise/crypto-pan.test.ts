import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CryptoPan, KEY_BYTES } from '../../../src-main/keep/exports/anonymise/crypto-pan.ts';
import { Pseudonyms } from '../../../src-main/keep/exports/anonymise/pseudonyms.ts';

/** The key and the trace that come with the method's own reference implementation. */
const REFERENCE_KEY = Uint8Array.of(
  ...[21, 34, 23, 141, 51, 164, 207, 128, 19, 10, 91, 22, 73, 144, 125, 16],
  ...[216, 152, 143, 131, 121, 121, 101, 39, 98, 87, 76, 45, 42, 132, 34, 2],
);
const REFERENCE = [
  ['128.11.68.132', '135.242.180.132'],
  ['129.118.74.4', '134.136.186.123'],
  ['130.132.252.244', '133.68.164.234'],
  ['141.223.7.43', '141.167.8.160'],
  ['141.233.145.108', '141.129.237.235'],
  ['152.163.225.39', '151.140.114.167'],
  ['156.29.3.236', '147.225.12.42'],
  ['165.247.96.84', '162.9.99.234'],
  ['166.107.77.190', '160.132.178.185'],
  ['24.0.250.221', '100.15.198.226'],
] as const;

const v4 = (text: string): Uint8Array => Uint8Array.from(text.split('.').map(Number));
const text = (bytes: Uint8Array): string => bytes.join('.');
const pan = new CryptoPan(REFERENCE_KEY);

/** Bits that two have in common at their start. */
function common(a: Uint8Array, b: Uint8Array): number {
  for (let bit = 0; bit < a.length * 8; bit++) {
    const mask = 0x80 >> (bit & 7);
    if (((a[bit >> 3]! ^ b[bit >> 3]!) & mask) !== 0) return bit;
  }
  return a.length * 8;
}

const address = fc.uint8Array({ minLength: 4, maxLength: 4 });
const isPrivate = (a: Uint8Array): boolean =>
  a[0] === 10 || (a[0] === 172 && a[1]! >> 4 === 1) || (a[0] === 192 && a[1] === 168);
const isSpecial = (a: Uint8Array): boolean =>
  isPrivate(a) ||
  a[0] === 0 ||
  a[0] === 127 ||
  a[0]! >= 224 ||
  (a[0] === 169 && a[1] === 254) ||
  (a[0] === 100 && a[1]! >> 6 === 1);

describe('pseudonyms of addresses', () => {
  it.each(REFERENCE)('%s is %s by the reference key', (original, pseudonym) => {
    expect(text(pan.address(v4(original)))).toBe(pseudonym);
  });

  it('keep what two private addresses have in common, to the bit', () => {
    fc.assert(
      fc.property(address, address, (a, b) => {
        a[0] = b[0] = 10;
        expect(common(pan.address(a), pan.address(b))).toBe(common(a, b));
      }),
    );
  });

  it('keep networks of public addresses together', () => {
    fc.assert(
      fc.property(address, fc.integer({ min: 0, max: 255 }), (a, last) => {
        fc.pre(!isSpecial(a));
        const b = Uint8Array.from([...a.subarray(0, 3), last]);
        expect(common(pan.address(a), pan.address(b))).toBe(common(a, b));
      }),
    );
  });

  it('are private for private ones, public for public ones, and no two are alike', () => {
    const seen = new Map<string, string>();
    fc.assert(
      fc.property(address, (a) => {
        const found = pan.address(a);
        expect(isPrivate(found)).toBe(isPrivate(a));
        expect(isSpecial(found)).toBe(isSpecial(a));
        const before = seen.get(text(found));
        if (before !== undefined) expect(before).toBe(text(a));
        seen.set(text(found), text(a));
      }),
      { numRuns: 2000 },
    );
  });

  it.each(['0.0.0.0', '255.255.255.255', '127.0.0.1', '224.0.0.251', '239.255.255.250'])(
    '%s tells of nobody and stays',
    (each) => {
      expect(text(pan.address(v4(each)))).toBe(each);
    },
  );

  it('of IPv6 keep their kind, and hide the host that a neighbour asks for', () => {
    const linkLocal = Uint8Array.of(0xfe, 0x80, 0, 0, 0, 0, 0, 0, 2, 0, 0x5e, 0xff, 0xfe, 0, 0x53, 1);
    const found = pan.address(linkLocal);
    expect([...found.subarray(0, 8)]).toEqual([0xfe, 0x80, 0, 0, 0, 0, 0, 0]);
    expect([...found.subarray(8)]).not.toEqual([...linkLocal.subarray(8)]);
    const solicited = Uint8Array.of(0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0xff, 0, 0x53, 1);
    const asked = pan.address(solicited);
    expect([...asked.subarray(0, 13)]).toEqual([...solicited.subarray(0, 13)]);
    expect([...asked.subarray(13)]).not.toEqual([...solicited.subarray(13)]);
    const global = Uint8Array.of(0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1);
    expect(pan.address(global)[0]! >> 5).toBe(1);
  });

  it('of groups that are made of a network or a name hide it', () => {
    expect(text(pan.address(v4('234.198.51.100')))).toMatch(/^234\./);
    expect(text(pan.address(v4('234.198.51.100')))).not.toBe('234.198.51.100');
    const prefix = [0x20, 1, 0xd, 0xb8, 0xaa, 0xaa, 0xbb, 0xbb];
    const group = pan.address(Uint8Array.of(0xff, 0x3e, 0, 0x40, ...prefix, 0, 0, 0x12, 0x34));
    expect([...group.subarray(0, 4)]).toEqual([0xff, 0x3e, 0, 0x40]);
    expect([...group.subarray(4, 12)]).not.toEqual(prefix);
    const host = pan.address(Uint8Array.of(...prefix, 0, 0, 0, 0, 0, 0, 0, 1));
    expect([...group.subarray(4, 12)]).toEqual([...host.subarray(0, 8)]);
    const asked = [0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0xff, 0xab, 0xcd, 0xef];
    expect([...pan.address(Uint8Array.from(asked)).subarray(13)]).not.toEqual(asked.slice(13));
  });

  it('are others with another key, and no key of another length is taken', () => {
    const other = new CryptoPan(new Uint8Array(KEY_BYTES).fill(9));
    expect(text(other.address(v4('192.0.2.1')))).not.toBe(text(pan.address(v4('192.0.2.1'))));
    expect(() => new CryptoPan(new Uint8Array(16))).toThrow(RangeError);
  });
});

describe('pseudonyms of cards', () => {
  const names = new Pseudonyms(REFERENCE_KEY);
  const of = (bytes: readonly number[]): number[] => {
    const data = Uint8Array.from(bytes);
    names.replace(data, 0, 6);
    return [...data];
  };

  it('have no maker, stay a card’s, and are the same each time', () => {
    const found = of([0x00, 0x1b, 0x21, 1, 2, 3]);
    expect(found[0]! & 3).toBe(2);
    expect(found.slice(3)).not.toEqual([1, 2, 3]);
    expect(of([0x00, 0x1b, 0x21, 1, 2, 3])).toEqual(found);
  });

  it('leave everybody’s groups alone, but not a neighbour’s', () => {
    expect(of([0xff, 0xff, 0xff, 0xff, 0xff, 0xff])).toEqual([0xff, 0xff, 0xff, 0xff, 0xff, 0xff]);
    expect(of([1, 0, 0x5e, 0, 0, 0xfb])).toEqual([1, 0, 0x5e, 0, 0, 0xfb]);
    expect(of([0x33, 0x33, 0, 0, 0, 1])).toEqual([0x33, 0x33, 0, 0, 0, 1]);
    const asked = of([0x33, 0x33, 0xff, 7, 8, 9]);
    expect(asked.slice(0, 3)).toEqual([0x33, 0x33, 0xff]);
    expect(asked.slice(3)).not.toEqual([7, 8, 9]);
  });

  it('of groups that are made of a network hide it, too', () => {
    const found = of([1, 0, 0x5e, 0x46, 0x33, 0x64]);
    expect(found.slice(0, 3)).toEqual([1, 0, 0x5e]);
    expect(found.slice(3)).not.toEqual([0x46, 0x33, 0x64]);
    expect(found[3]! & 0x80).toBe(0);
    expect(of([1, 0, 0x5e, 0x7f, 0xff, 0xfa])).toEqual([1, 0, 0x5e, 0x7f, 0xff, 0xfa]);
  });

  it('count what they do not remember', () => {
    const few = new Pseudonyms(REFERENCE_KEY, 1);
    for (const last of [1, 2]) few.replace(Uint8Array.of(10, 0, 0, last), 0, 4);
    expect([[...few.pairs()].length, few.forgotten]).toEqual([1, 1]);
  });

  it('are told as pairs, without what stayed', () => {
    const pairs = [...names.pairs()].map(([original]) => [...original]);
    expect(pairs).toContainEqual([0x00, 0x1b, 0x21, 1, 2, 3]);
    expect(pairs).not.toContainEqual([1, 0, 0x5e, 0, 0, 0xfb]);
  });
});

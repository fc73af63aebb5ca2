import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PatternSet } from '../../../src-main/detect/signatures/prefilter/patterns.ts';

/** Owners found in a buffer, sorted. */
function found(patterns: readonly string[], buffer: string): number[] {
  const set = new PatternSet();
  for (const [owner, pattern] of patterns.entries()) set.add(Buffer.from(pattern, 'latin1'), owner);
  set.build();
  const into = new Int32Array(patterns.length);
  set.begin();
  return [...into.subarray(0, set.scan(Buffer.from(buffer, 'latin1'), 0, buffer.length, into, 0))].sort(
    (a, b) => a - b,
  );
}

describe('the prefilter', () => {
  it('finds patterns of any length, in any case, each owner once', () => {
    expect(found(['a', 'bc', 'cde', 'DEFG', 'missing', 'efghijkl'], 'xABCdefGHIJKLabc')).toEqual([0, 1, 2, 3, 5]);
  });

  it('finds at both ends, and nothing that goes beyond', () => {
    expect(found(['head', 'tail', 'tail!'], 'head…tail')).toEqual([0, 1]);
    expect(found(['abcdef'], 'abcde')).toEqual([]);
    expect(found(['abcd'], '')).toEqual([]);
  });

  it('looks within bounds, wherever they lie in memory', () => {
    const set = new PatternSet();
    for (const [owner, pattern] of ['abcdefgh', 'hij', 'klmn', 'opqrst'].entries())
      set.add(Buffer.from(pattern), owner);
    set.build();
    const text = `${'.'.repeat(150)}abcdefghijklmnopqrst${'.'.repeat(150)}`;
    const into = new Int32Array(4);
    for (let shift = 0; shift < 8; shift++) {
      const room = new Uint8Array(8 + text.length);
      room.set(Buffer.from(text), shift);
      const bytes = room.subarray(shift, shift + text.length);
      const seen = (from: number, end: number): number[] => {
        set.begin();
        return [...into.subarray(0, set.scan(bytes, from, end, into, 0))].sort((a, b) => a - b);
      };
      expect(seen(0, bytes.length)).toEqual([0, 1, 2, 3]);
      expect(seen(shift, 170)).toEqual([0, 1, 2, 3]);
      expect(seen(0, 169)).toEqual([0, 1, 2]);
      expect(seen(151, bytes.length)).toEqual([1, 2, 3]);
      expect(seen(150, 158)).toEqual([0]);
    }
  });

  it('looks no further than patterns reach, each length apart', () => {
    const set = new PatternSet();
    for (const [owner, pattern] of ['abcdefgh', 'ij', 'klmn', 'opqrst'].entries())
      set.add(Buffer.from(pattern), owner, 10);
    set.build();
    const into = new Int32Array(4);
    const seen = (text: string): number[] => {
      set.begin();
      return [...into.subarray(0, set.scan(Buffer.from(text), 0, text.length, into, 0))].sort((a, b) => a - b);
    };
    expect(seen('abcdefghij')).toEqual([0, 1]);
    expect(seen(`${'.'.repeat(20)}abcdefghijklmnopqrst`)).toEqual([]);
  });

  it('finds the same among few and among many', () => {
    const few = ['or', '<', '${', '.php', '/proc/self/', 'information_schema', '%2', 'Ab'];
    const many = [...few, ...Array.from({ length: 200 }, (_, i) => `filler ${i} of many`)];
    const text = fc.string({
      unit: fc.constantFrom(
        'or',
        '<',
        '$',
        '{',
        '.PHP',
        '/proc',
        '/self/',
        'information',
        '_schema',
        '%',
        '2',
        'aB',
        '\0',
        'x',
      ),
      maxLength: 12,
    });
    fc.assert(
      fc.property(text, (buffer) => {
        expect(found(few, buffer)).toEqual(found(many, buffer));
      }),
      { numRuns: 500, seed: 6 },
    );
  });

  it('finds what a plain search finds', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'b', 'A', '\0', '/'), maxLength: 60 });
    const pattern = fc.string({ unit: fc.constantFrom('a', 'b', 'B', '\0', '/'), minLength: 1, maxLength: 7 });
    fc.assert(
      fc.property(fc.array(pattern, { minLength: 1, maxLength: 40 }), text, (patterns, buffer) => {
        const plain = patterns.flatMap((p, i) => (buffer.toLowerCase().includes(p.toLowerCase()) ? [i] : []));
        expect(found(patterns, buffer)).toEqual(plain);
      }),
      { numRuns: 300, seed: 5 },
    );
  });
});

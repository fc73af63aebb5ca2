import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PatternSet } from '../../../src-main/detect/signatures/prefilter/patterns.ts';

/** Owners found in a buffer, sorted. */
function found(patterns: readonly string[], buffer: string): number[] {
  const set = new PatternSet();
  for (const [owner, pattern] of patterns.entries()) set.add(Buffer.from(pattern, 'latin1'), owner);
  set.build(patterns.length);
  const into = new Int32Array(patterns.length);
  set.begin();
  return [...into.subarray(0, set.scan(Buffer.from(buffer, 'latin1'), into, 0))].sort((a, b) => a - b);
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

import fc from 'fast-check';
import { RE2JS } from 're2js';
import { describe, expect, it } from 'vitest';
import { Expression } from '../../../../src-main/detect/signatures/expression/expression.ts';
import { neededWords } from '../../../../src-main/detect/signatures/expression/needed.ts';

describe('what stands wherever an expression does', () => {
  it.each([
    ['abc', ['abc']],
    ['ABc+d', ['ab']],
    [String.raw`\x27|%27|"`, ["'", '%27', '"']],
    [String.raw`x*(?:passwd|shadow)?etc/(?:passwd|hosts)`, ['passwd', 'hosts']],
    [String.raw`[%$]\{.{0,9}`, ['{']],
    [String.raw`['"]\d*`, ["'", '"']],
    [String.raw`\.php\b\?`, ['.php?']],
    [String.raw`a{0,3}(?:b{2}|c)`, ['b', 'c']],
  ])('%s', (source, words) => {
    expect(neededWords(source)).toEqual(words);
  });

  it.each([
    '.*',
    'a?',
    '[a-z]{3}',
    '[^a]',
    '(?:abc|)',
    '(?:abc|d*)',
    String.raw`\w+\d`,
    String.raw`\pL`,
    '(?i)abc',
    '',
  ])('is not known of %s', (source) => {
    expect(neededWords(source)).toBeNull();
  });

  it('is never missing from a text that the expression stands in', () => {
    const letters = fc.constantFrom('a', 'B', '/', '=', 'k', 's', '\n');
    const plain = fc.constantFrom(
      'a',
      'b',
      'K',
      's',
      '/',
      '=',
      '.',
      '^',
      '$',
      String.raw`\x61`,
      '[ab]',
      '[^a]',
      String.raw`\w`,
    );
    const source = fc.letrec<{ part: string; all: string }>((tie) => ({
      part: fc.oneof(
        { depthSize: 'small', withCrossShrink: true },
        plain,
        fc
          .tuple(plain, fc.constantFrom('*', '+', '?', '{0,2}', '{2}', '{1,}', '+?'))
          .map(([one, count]) => one + count),
        fc.tuple(tie('all'), fc.constantFrom('', '?', '+', '{2}')).map(([all, count]) => `(?:${all})${count}`),
        fc.tuple(tie('all'), tie('all')).map(([one, other]) => `(${one}|${other})`),
      ),
      all: fc.array(tie('part'), { minLength: 1, maxLength: 4 }).map((parts) => parts.join('')),
    })).all;
    let held = 0;
    fc.assert(
      fc.property(
        source,
        fc.boolean(),
        fc.array(fc.string({ unit: letters, maxLength: 12 }), { maxLength: 8 }),
        (one, fold, texts) => {
          // A count of a place between letters is none to the engine.
          fc.pre(!/[$^][*+?{]/.test(one));
          const flags = fold ? RE2JS.CASE_INSENSITIVE : 0;
          const plainly = RE2JS.compile(one, flags);
          const expression = new Expression(one, flags);
          for (const text of texts) {
            const holds = plainly.test(text);
            if (holds) held++;
            expect(
              expression.test(text, () => true),
              `${one} in ${JSON.stringify(text)}`,
            ).toBe(holds);
          }
        },
      ),
      { numRuns: 1500, seed: 3 },
    );
    expect(held).toBeGreaterThan(500);
  });

  it('holds for letters that are another without their case', () => {
    const expression = new Expression('sky', RE2JS.CASE_INSENSITIVE);
    for (const text of ['SKY', 'ſky', 's\u212ay', 'a sky'])
      expect(
        expression.test(text, () => true),
        text,
      ).toBe(true);
    expect(expression.test('sly', () => true)).toBe(false);
  });
});

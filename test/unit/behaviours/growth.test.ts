/** No sender can keep the expressions busy: work grows with the text, not with its square. */
import { describe, expect, it } from 'vitest';
import { withoutLookups } from '../../../src-main/detect/behaviours/common/lookups.ts';
import { judgeRequest, PATTERNS } from '../../../src-main/detect/behaviours/common/web-patterns.ts';
import { Sequence } from '../../../src-main/detect/behaviours/common/sequence.ts';
import { USER_FIELD } from '../../../src-main/meter/protocols/login-form.ts';
import { SHAPES } from '../../../src-main/detect/behaviours/raw-control.ts';
import { withoutSecrets } from '../../../src-main/meter/protocols/secrets.ts';

const SHORT = 1024;
const LONG = 16 * SHORT;
/** Between the length (16 times) and its square (256 times). */
const GROWTH = 64;
/** What is done faster cannot be told from the machine's noise. */
const FLOOR_MS = 4;
const TRIES = 5;

/** The least of several: what else the machine does can only add. */
function milliseconds(work: () => unknown): number {
  let least = Number.POSITIVE_INFINITY;
  for (let i = 0; i < TRIES; i++) {
    const began = performance.now();
    work();
    least = Math.min(least, performance.now() - began);
    if (least < 0.2) break;
  }
  return least;
}

/** Whether it does so each time it is asked: a machine that is busy looks like it once. */
const grows = (work: (text: string) => unknown, made: (letters: number) => string): boolean => {
  const [short, long] = [made(SHORT), made(LONG)];
  for (let round = 0; round < 3; round++) {
    const far = milliseconds(() => work(long));
    if (
      far < FLOOR_MS ||
      far <
        GROWTH *
          Math.max(
            0.05,
            milliseconds(() => work(short)),
          )
    )
      return false;
  }
  return true;
};

/** The expression's own letters: what its groups and classes leave as written. */
const literals = (source: string): string[] => {
  const plain = source
    .replace(/\[(?:\\.|[^\]\\])*\]/g, ' ')
    .replace(/\\[sSwWdDb]/g, ' ')
    .replace(/\(\?(?:[:=!]|<[=!])/g, ' ')
    .replace(/\{\d+,?\d*\}/g, ' ')
    .replace(/\\(.)/g, (_, sign: string) => (/[a-z]/i.test(sign) ? ' ' : `\u0001${sign}`))
    .replace(/(?<!\u0001)[|()[\]*+?^$.]/g, ' ')
    .replaceAll('\u0001', '');
  return [...new Set(plain.split(' ').filter((word) => word !== ''))].slice(0, 24);
};

const FILLERS = ['', ' ', '\n', 'a', '1', 'A', '/', '-', "'", '<', '(', '{', '/**/', '/*', '.'];

/** Texts of a given length: repeats of each literal, alone and with each filler, and each literal before a long run. */
const seeds = (source: string): ((letters: number) => string)[] =>
  literals(source).flatMap((word) =>
    FILLERS.flatMap((filler) => [
      (letters: number) => (word + filler).repeat(Math.ceil(letters / (word + filler).length)),
      ...(filler === '' ? [] : [(letters: number) => word + filler.repeat(Math.ceil(letters / filler.length))]),
    ]),
  );

describe('the work of an expression', () => {
  const all = [...PATTERNS.map(({ expression }) => expression), ...SHAPES, USER_FIELD];
  it.each(all.map((expression) => [expression.source.slice(0, 60), expression] as const))(
    'grows with the text, not its square: %s',
    (_, expression) => {
      const bad = seeds(expression.source).filter((made) => grows((text) => expression.test(text), made));
      expect(bad.map((made) => made(40))).toEqual([]);
    },
    60_000,
  );

  it('would be seen to grow faster', () => {
    expect(
      grows(
        (text) => /\(\s*\)\s*\{\s*(?::|_|\w+)?\s*;?\s*\}/.test(text),
        (n) => `(){${' '.repeat(n / 32)}`,
      ),
    ).toBe(true);
    expect(
      grows(
        (text) => /a[^b]*c/.test(text),
        (n) => 'a'.repeat(n),
      ),
    ).toBe(true);
  });

  it.each([
    '(){ ',
    '${lower:',
    '${::i',
    '${',
    '${a:',
    '${${::-',
    '${::-}',
    '%24%7Blower%3A',
    '<script',
    '<svg/',
    '=<svg on',
    "'/**/or ",
    '{{1*',
    '../../x',
    '/c99.php',
  ])('is little for a whole request: %s', (seed) => {
    for (const made of [(n: number) => seed.repeat(n / seed.length), (n: number) => seed + ' '.repeat(n)]) {
      const request = (text: string): unknown => judgeRequest(`/?a=${text}`, text, text, text, 'GET');
      // Targets are cut at 4,096 letters, bodies and headers where they are read.
      expect(grows(request, (n) => made(n / 4))).toBe(false);
      expect(grows(withoutLookups, (n) => made(n * 4))).toBe(false);
    }
  });

  it.each(['token%3da%26', '//a:', 'key=1&', '.eyJaaaaaaaa', "'token': ", '/reset/', '%253d', '"x": "'])(
    'is little for signs of secrets: %s',
    (seed) => expect(grows(withoutSecrets, (n) => seed.repeat((4 * n) / seed.length))).toBe(false),
  );
});

describe('a sequence', () => {
  const found = (text: string): boolean => new Sequence(/ab/g).next(/cd/g, 3).next(/e/g, undefined, /x/g).test(text);

  it('finds parts in order, within their gaps, with nothing forbidden between', () => {
    expect(['abcde', 'ab123cd e', 'abab---cde', 'ab----ab-cd-e', 'abcdx-cde', 'ab cd cd xe cd e'].map(found)).toEqual([
      true,
      true,
      true,
      true,
      false,
      false,
    ]);
    expect(['cdab', 'ab----cde', 'ab\ncde', 'abcdxe', ''].map(found)).toEqual([false, false, false, false, false]);
  });
});

/** What hostile rules over hostile texts cost: counted in letters looked at, never in time. */
import { describe, expect, it } from 'vitest';
import { RuleFault } from '../../../../src-main/detect/signatures/rules/fault.ts';
import { Glob } from '../../../../src-main/detect/signatures/sigma/glob.ts';
import { holds } from '../../../../src-main/detect/signatures/sigma/node.ts';
import { parsePattern } from '../../../../src-main/detect/signatures/sigma/pattern.ts';
import { SigmaIndex } from '../../../../src-main/detect/signatures/sigma/rule-index.ts';
import { Rng } from '../../../generator/prng.ts';
import { Allowance } from '../../../../src-main/detect/signatures/expression/allowance.ts';
import { SigmaReader } from '../../../../src-main/detect/signatures/sigma/set.ts';
import { faults, lineOf, ruleText, setOf } from './made.ts';

const glob = (pattern: string): Glob => new Glob(parsePattern(pattern));

/** A text that counts how often one of its letters is asked for. */
function counted(text: string): { text: string; asked: () => number } {
  let asked = 0;
  const one = Object.assign(Object(text), {
    charCodeAt: (at: number): number => (asked++, text.charCodeAt(at)),
    indexOf: (piece: string, from: number): number => {
      const at = text.indexOf(piece, from);
      asked += (at < 0 ? text.length : at) - from + piece.length;
      return at;
    },
  });
  return { text: one as string, asked: () => asked };
}

/** The plainest way: where each star may end is tried. */
function plainly(pattern: string, text: string): boolean {
  const [first = '', ...rest] = pattern;
  if (pattern === '') return text === '';
  if (first === '*') {
    for (let i = 0; i <= text.length; i++) if (plainly(rest.join(''), text.slice(i))) return true;
    return false;
  }
  return text !== '' && (first === '?' || first === text[0]) && plainly(rest.join(''), text.slice(1));
}

describe('wildcards', () => {
  it.each([
    ['many stars', '*a'.repeat(500) + '*b'],
    ['a piece that almost stands everywhere', `*${'a'.repeat(2000)}b*`],
    ['one that fails at its beginning', `*b${'a'.repeat(2000)}*`],
    ['with letters that may be any', `*${'a?'.repeat(60)}b*`],
    ['any letters alone', '*?'.repeat(2000)],
    ['at both ends', `${'a?'.repeat(1000)}*${'a'.repeat(50)}b*${'?a'.repeat(1000)}`],
  ])('%s look at each letter a few times at most', (_, pattern) => {
    for (const length of [1000, 10_000, 40_000]) {
      const { text, asked } = counted('a'.repeat(length));
      const found = glob(pattern);
      found.test(text);
      // Twice for the text, and once for what is anchored at its ends.
      expect(asked()).toBeLessThanOrEqual(3 * length + pattern.length);
    }
  });

  it('that would cost more are refused', () => {
    const wide = `*${'a?'.repeat(200)}*`;
    expect(() => glob(wide)).toThrow(RuleFault);
    expect(faults(ruleText('dns', `s:\n  query: "${wide}"\ncondition: s`))[0]).toMatch(/^\?: more than 248 letters/);
  });

  it('say what the plainest way says', () => {
    const rng = new Rng(7);
    const letters = (from: string, most: number): string =>
      Array.from({ length: rng.int(0, most) }, () => from[rng.int(0, from.length - 1)]).join('');
    let yes = 0;
    for (let i = 0; i < 4000; i++) {
      const [pattern, text] = [letters('ab?*', 7), letters('ab', 8)];
      const expected = plainly(pattern, text);
      if (expected) yes++;
      expect(glob(pattern).test(text), `${pattern} ${text}`).toBe(expected);
    }
    expect(yes).toBeGreaterThan(400);
    const long = `${'ab'.repeat(20)}c`;
    expect(glob(`*${long}*`).test(`${'ab'.repeat(30)}c`)).toBe(true);
    expect(glob(`*${long}?b*${'?'.repeat(40)}b*`).test(`x${long}ab${'z'.repeat(40)}b`)).toBe(true);
    expect(glob(`*${long}?b*${'?'.repeat(40)}b*`).test(`x${long}ab${'z'.repeat(39)}b`)).toBe(false);
  });
});

describe('the index of rules', () => {
  const many = Array.from({ length: 400 }, (_, i) => `${'a'.repeat(20 + i)}b`);
  const rules = setOf(...many.map((text) => ruleText('dns', `s:\n  query|contains: ${text}\ncondition: s`))).rules;

  it('costs so much a letter at most, whatever parts begin alike', () => {
    const index = new SigmaIndex(rules);
    for (const length of [1000, 10_000, 100_000]) {
      const before = index.steps;
      index.candidates(lineOf('dns', { query: 'a'.repeat(length) }));
      expect(index.steps - before).toBeLessThanOrEqual(66 * length + 10_000);
    }
  });

  it('calls all up rather than none, where it costs too much to tell', () => {
    const index = new SigmaIndex(rules);
    const line = lineOf('dns', { query: `${'a'.repeat(2000)}b` });
    const called = new Set(index.candidates(line));
    expect(rules.filter((rule) => holds(rule.node, line) && !called.has(rule))).toEqual([]);
  });

  it('finds a part wherever it stands', () => {
    const texts = ['/admin.php', 'xyz/admin', 'min.p'];
    const some = setOf(...texts.map((text) => ruleText('http', `s:\n  uri|contains: ${text}\ncondition: s`))).rules;
    const index = new SigmaIndex(some);
    expect(index.candidates(lineOf('http', { uri: '/xyz/admin.php' }))).toHaveLength(3);
    expect(index.candidates(lineOf('http', { uri: '/admin.php' }))).toHaveLength(2);
    expect(index.candidates(lineOf('http', { uri: 'min.q/admi' }))).toHaveLength(0);
  });
});

describe('an expression over a text longer than it looks through', () => {
  const long = `${'x'.repeat(70_000)}evil`;
  const rule = (condition: string) =>
    setOf(ruleText('http', `a:\n  uri|re: evil\nb:\n  method: GET\ncondition: ${condition}`)).rules[0]!;
  const line = lineOf('http', { uri: long, method: 'GET' });

  it.each(['a', 'not a', 'b and not a', 'not (b and a)', 'not (not a)'])(
    'cannot tell: %s does not hold',
    (condition) => {
      expect(holds(rule(condition).node, line)).toBe(false);
    },
  );

  it.each(['b or not a', 'b', 'not (not b and a)'])('changes nothing where the rest decides: %s holds', (condition) => {
    expect(holds(rule(condition).node, line)).toBe(true);
  });

  it('tells where it stands in what is looked through, or where all was', () => {
    expect(holds(rule('a').node, lineOf('http', { uri: `evil${long}` }))).toBe(true);
    expect(holds(rule('not a').node, lineOf('http', { uri: 'x' }))).toBe(true);
  });
});

describe('expressions of all rules together', () => {
  /** About 6,000 parts. */
  const large = '(?:ab?){500}'.repeat(2);
  const text = (expression: string): string => ruleText('dns', `s:\n  query|re: "${expression}"\ncondition: s`);

  it('are bounded: a rule beyond is refused by file, line and key', () => {
    const reader = new SigmaReader(new Allowance(15_000));
    reader.read([large, large, large].map(text).join('\n---\n'), 'a.yml');
    reader.read(text('short'), 'b.yml');
    const { rules, refused } = reader.finish();
    expect(rules.map(({ file }) => file)).toEqual(['a.yml', 'a.yml', 'b.yml']);
    expect(refused).toMatchObject([{ file: 'a.yml', key: 're', reason: expect.stringContaining('together') }]);
    expect(refused[0]!.line).toBeGreaterThan(15);
  });

  it('have a bound of their own where nobody gives one', () => {
    const { refused } = setOf(...Array.from({ length: 400 }, () => text(large)));
    expect(refused.length).toBeGreaterThan(0);
    expect(refused[0]).toMatchObject({ key: 're', reason: expect.stringContaining('together') });
  });
});

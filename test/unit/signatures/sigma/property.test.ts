/** Rules made at random, against an evaluator that is as plain as can be: each value an expression, each condition a function. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LogEvent } from '../../../../src-main/detect/signatures/sigma/event.ts';
import { holds } from '../../../../src-main/detect/signatures/sigma/node.ts';
import { SigmaIndex } from '../../../../src-main/detect/signatures/sigma/rule-index.ts';
import { lineOf, setOf } from './made.ts';

const SLOW = 240_000;
const FIELDS = ['query', 'answers', 'rcode_name', 'qtype'] as const;
type Field = (typeof FIELDS)[number];
type Line = Readonly<Partial<Record<Field, string | number | readonly string[]>>>;
type Holds = (line: Line) => boolean;

/** Few letters, so that rules and lines meet. */
const word = fc.string({ unit: fc.constantFrom('a', 'b', 'A', '.', '1', '\\', '*', '?'), maxLength: 7 });
const plain = fc.string({ unit: fc.constantFrom('a', 'b', 'A', '.', '1', '\\', '*', '?'), maxLength: 9 });

function textsOf(line: Line, field: Field): readonly string[] {
  const cell = line[field];
  return cell === undefined
    ? []
    : Array.isArray(cell)
      ? (cell as readonly string[])
      : [String(cell as string | number)];
}

/** A value as a regular expression of the whole cell. */
function expressionOf(value: string, comparison: string, cased: boolean): RegExp {
  let source = '';
  for (let i = 0; i < value.length; i++) {
    const c = value[i]!;
    const escaped = c === '\\' && i + 1 < value.length && '\\*?'.includes(value[i + 1]!);
    if (escaped) i++;
    if (!escaped && c === '*') source += '[^]*';
    else if (!escaped && c === '?') source += '[^]';
    else source += `\\u{${value.charCodeAt(i).toString(16)}}`;
  }
  const before = comparison === 'contains' || comparison === 'endswith' ? '[^]*' : '';
  const after = comparison === 'contains' || comparison === 'startswith' ? '[^]*' : '';
  return new RegExp(`^${before}${source}${after}$`, cased ? 'u' : 'ui');
}

interface Made {
  yaml: unknown;
  holds: Holds;
}

const fieldTest = fc
  .record({
    field: fc.constantFrom(...FIELDS),
    comparison: fc.constantFrom('', 'contains', 'startswith', 'endswith'),
    all: fc.boolean(),
    cased: fc.boolean(),
    values: fc.array(fc.oneof({ weight: 8, arbitrary: word }, { weight: 1, arbitrary: fc.constant(null) }), {
      minLength: 1,
      maxLength: 4,
    }),
  })
  .map(({ field, comparison, all, cased, values: given }) => {
    const isNullable = comparison === '';
    const values = given.map((one) => (one === null && !isNullable ? '' : one));
    const tests = values.map((value): Holds => {
      if (value === null) return (line) => textsOf(line, field).length === 0;
      const expression = expressionOf(value, comparison, cased);
      return (line) => textsOf(line, field).some((text) => expression.test(text));
    });
    const key = [field, comparison, cased ? 'cased' : '', all ? 'all' : ''].filter((one) => one !== '').join('|');
    const of: Holds = (line) => (all ? tests.every((test) => test(line)) : tests.some((test) => test(line)));
    return { key, values, of };
  });

const mapSearch = fc.array(fieldTest, { minLength: 1, maxLength: 3 }).map((tests): Made => {
  const byKey = new Map(tests.map((test) => [test.key, test]));
  const kept = [...byKey.values()];
  return {
    yaml: Object.fromEntries(kept.map(({ key, values }) => [key, values])),
    holds: (line) => kept.every(({ of }) => of(line)),
  };
});

const wordSearch = fc.array(word, { minLength: 1, maxLength: 2 }).map((words): Made => {
  const expressions = words.map((one) => expressionOf(one, 'contains', false));
  return {
    yaml: words,
    holds: (line) =>
      expressions.some((one) => FIELDS.some((field) => textsOf(line, field).some((text) => one.test(text)))),
  };
});

const listSearch = fc.array(mapSearch, { minLength: 1, maxLength: 3 }).map((maps): Made => {
  return { yaml: maps.map(({ yaml }) => yaml), holds: (line) => maps.some((map) => map.holds(line)) };
});

const search = fc.oneof(
  { weight: 4, arbitrary: mapSearch },
  { weight: 1, arbitrary: wordSearch },
  { weight: 2, arbitrary: listSearch },
);

interface Condition {
  text: string;
  holds: (searches: ReadonlyMap<string, boolean>) => boolean;
}

const NAMES = ['sel_a', 'sel_b', '_c'] as const;

const { condition } = fc.letrec<{ condition: Condition; leaf: Condition }>((tie) => ({
  leaf: fc.oneof(
    fc.constantFrom(...NAMES).map((name): Condition => ({ text: name, holds: (s) => s.get(name)! })),
    fc
      .tuple(fc.constantFrom('1', 'any', 'all'), fc.constantFrom('sel_*', 'them', '*_?'))
      .map(([count, name]): Condition => {
        const which = name === '*_?' ? ['sel_a', 'sel_b', '_c'] : ['sel_a', 'sel_b'];
        const text = `${count} of ${name}`;
        return {
          text,
          holds: (s) => (count === 'all' ? which.every((one) => s.get(one)) : which.some((one) => s.get(one))),
        };
      }),
  ),
  condition: fc.oneof(
    { depthSize: 'small' },
    tie('leaf'),
    tie('condition').map(({ text, holds: of }): Condition => ({ text: `not (${text})`, holds: (s) => !of(s) })),
    fc
      .tuple(fc.constantFrom('and', 'or'), fc.array(tie('condition'), { minLength: 2, maxLength: 3 }))
      .map(([op, parts]): Condition => {
        return {
          text: parts.map(({ text }) => `(${text})`).join(` ${op} `),
          holds: (s) => (op === 'and' ? parts.every((one) => one.holds(s)) : parts.some((one) => one.holds(s))),
        };
      }),
  ),
}));

const line: fc.Arbitrary<Line> = fc.record(
  {
    query: plain,
    answers: fc.array(plain, { minLength: 1, maxLength: 3 }),
    rcode_name: plain,
    qtype: fc.integer({ min: 0, max: 12 }),
  },
  { requiredKeys: [] },
);

const rule = fc.record({ a: search, b: search, c: search, when: condition }).map(({ a, b, c, when }) => {
  const detection = { sel_a: a.yaml, sel_b: b.yaml, _c: c.yaml, condition: when.text };
  const logsource = { product: 'zeek', service: 'dns' };
  return {
    text: JSON.stringify({ title: 'x', logsource, detection }),
    holds: (seen: Line) => when.holds(new Map([a, b, c].map((one, i) => [NAMES[i]!, one.holds(seen)]))),
  };
});

function eventOf(seen: Line): LogEvent {
  return lineOf('dns', seen);
}

describe('Sigma rules made at random', () => {
  it(
    'hold where a plain evaluator says so, and the index calls up every rule that holds',
    () => {
      let held = 0;
      let tried = 0;
      fc.assert(
        fc.property(
          fc.array(rule, { minLength: 1, maxLength: 6 }),
          fc.array(line, { minLength: 1, maxLength: 6 }),
          (rules, lines) => {
            const { rules: loaded, refused } = setOf(rules.map(({ text }) => text).join('\n---\n'));
            expect(refused).toEqual([]);
            expect(loaded).toHaveLength(rules.length);
            const index = new SigmaIndex(loaded);
            for (const seen of lines) {
              const event = eventOf(seen);
              const called = new Set(index.candidates(event));
              for (const [i, one] of loaded.entries()) {
                const expected = rules[i]!.holds(seen);
                tried++;
                if (expected) held++;
                expect(holds(one.node, event), `${rules[i]!.text} of ${JSON.stringify(seen)}`).toBe(expected);
                if (expected) expect(called.has(one), `${rules[i]!.text} of ${JSON.stringify(seen)}`).toBe(true);
              }
            }
          },
        ),
        { numRuns: 1500, seed: 5 },
      );
      // Else the test would say nothing.
      expect(held / tried).toBeGreaterThan(0.1);
      expect(held / tried).toBeLessThan(0.9);
    },
    SLOW,
  );
});

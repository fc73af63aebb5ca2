import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RuleFault } from '../../../../src-main/detect/signatures/rules/fault.ts';
import { parseCondition } from '../../../../src-main/detect/signatures/sigma/condition.ts';
import type { Cell } from '../../../../src-main/detect/signatures/sigma/event.ts';
import { LOGS } from '../../../../src-main/detect/signatures/sigma/kinds.ts';
import { holds, type Node } from '../../../../src-main/detect/signatures/sigma/node.ts';
import { SigmaIndex } from '../../../../src-main/detect/signatures/sigma/rule-index.ts';
import { lineOf, ruleText, setOf } from './made.ts';

const SLOW = 240_000;
const MODIFIERS = [
  ...['contains', 'startswith', 'endswith', 're', 'i', 'm', 's', 'cidr', 'all', 'exists', 'lt', 'lte', 'gt', 'gte'],
  ...[
    'base64',
    'base64offset',
    'wide',
    'utf16',
    'utf16be',
    'windash',
    'cased',
    'expand',
    'fieldref',
    'neq',
    'nosuch',
    '',
  ],
];
const BASES = [
  ruleText(
    'dns',
    's:\n  query|endswith:\n    - .example\n    - x*y\n  qtype_name: TXT\nk:\n  - one\n  - two\ntimeframe: 1m\ncondition: s and not k | count(query) by src_ip > 3',
    'level: high\ntags:\n  - attack.t1071',
  ),
  ruleText(
    'conn',
    's:\n  - id.resp_h|cidr: [10.0.0.0/8]\n    orig_bytes|gt: 5\n  - id.resp_p: 80\ncondition: 1 of s* or all of them',
    'fields: [service]',
  ),
  'title: c\nname: c\ncorrelation:\n  type: value_count\n  rules: [a, b]\n  group-by: [src_ip]\n  timespan: 5m\n  condition:\n    field: query\n    gte: 3\n',
];
const value = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 12 }),
  fc.integer(),
  fc.double(),
  fc.boolean(),
  fc.constantFrom(
    null,
    '*',
    '\\',
    '\\*',
    '10.0.0.0/8',
    '::/0',
    '((((',
    '[a-',
    '%x%',
    '',
    'a'.repeat(9000),
    'fe80::1%eth0',
  ),
);

/** Of every log: a line with a cell in each field. */
function lines(cell: Cell): ReturnType<typeof lineOf>[] {
  return LOGS.map((log) => lineOf(log.id, Object.fromEntries(log.fields.map((name) => [name, cell]))));
}

/** Everything that a text loads is tried on some lines. */
function tryText(text: string, cell: Cell): number {
  const { rules, refused, correlations, refusedTotal } = setOf(text);
  for (const { key, reason, line } of refused) {
    expect(key).not.toBe('');
    expect(reason).not.toBe('');
    expect(line).toBeGreaterThan(0);
  }
  for (const event of lines(cell)) {
    const ours = rules.filter(({ log }) => log.id === event.kind.id);
    const called = new Set(new SigmaIndex(ours).candidates(event));
    for (const rule of ours) if (holds(rule.node, event)) expect(called.has(rule)).toBe(true);
  }
  return rules.length + correlations.length + refusedTotal;
}

describe('the reader of Sigma rules', () => {
  it(
    'takes or refuses any key, modifier and value, and never fails',
    () => {
      const key = fc
        .tuple(
          fc.constantFrom('query', 'id.orig_h', 'ts', 'rejected', 'nosuch', ''),
          fc.array(fc.constantFrom(...MODIFIERS), { maxLength: 4 }),
        )
        .map(([name, modifiers]) => [name, ...modifiers].join('|'));
      const values = fc.oneof(
        value,
        fc.array(value, { maxLength: 4 }),
        fc.dictionary(fc.string({ maxLength: 4 }), value, { maxKeys: 2 }),
      );
      const search = fc.oneof(
        fc.dictionary(key, values, { maxKeys: 3 }),
        fc.array(fc.oneof(value, fc.dictionary(key, values, { maxKeys: 2 })), { maxLength: 3 }),
        value,
      );
      fc.assert(
        fc.property(
          search,
          fc.oneof(
            fc.string({ maxLength: 12 }),
            fc.integer(),
            fc.boolean(),
            fc.array(fc.ipV6(), { maxLength: 2 }),
            fc.constant('fe80::1%eth0'),
          ),
          (made, cell) => {
            const detection = { s: made, condition: 's' };
            const rule = { title: 'x', logsource: { product: 'zeek', service: 'dns' }, detection };
            expect(tryText(JSON.stringify(rule), cell)).toBe(1);
          },
        ),
        { numRuns: 1500, seed: 2 },
      );
    },
    SLOW,
  );

  it(
    'survives texts with changed, missing and repeated letters',
    () => {
      const change = fc.record({
        at: fc.double({ min: 0, max: 1, noNaN: true }),
        cut: fc.nat(6),
        put: fc.string({ unit: fc.constantFrom(...Array.from(' \n\t-:|[]{}&*!%@`"\'#,?>~a1')), maxLength: 6 }),
      });
      fc.assert(
        fc.property(fc.constantFrom(...BASES), fc.array(change, { minLength: 1, maxLength: 4 }), (base, changes) => {
          let text = base;
          for (const { at, cut, put } of changes) {
            const from = Math.floor(at * text.length);
            text = text.slice(0, from) + put + text.slice(from + cut);
          }
          tryText(text, 'x.example');
        }),
        { numRuns: 3000, seed: 3 },
      );
    },
    SLOW,
  );

  it(
    'survives any letters',
    () => {
      fc.assert(
        fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => {
          tryText(text, 1);
        }),
        { numRuns: 2000, seed: 4 },
      );
    },
    SLOW,
  );
});

describe('conditions', () => {
  const searches = new Map<string, Node>(['a', 'b', '_c'].map((name) => [name, { op: 'and', of: [] }]));

  it(
    'of any words are read or refused',
    () => {
      const words = fc.constantFrom(
        'a',
        'b',
        '_c',
        'and',
        'or',
        'not',
        '(',
        ')',
        '1',
        'all',
        'any',
        'of',
        'them',
        '*',
        'x*',
        '|',
        'count()',
        '>',
        '5',
        'NOT',
        '\u0000',
      );
      const line = lineOf('dns', { query: 'x' });
      fc.assert(
        fc.property(fc.array(words, { maxLength: 14 }), fc.constantFrom(' ', '', '\n\t'), (made, divider) => {
          try {
            expect(typeof holds(parseCondition(made.join(divider), searches).node, line)).toBe('boolean');
          } catch (error) {
            expect(error).toBeInstanceOf(RuleFault);
          }
        }),
        { numRuns: 5000, seed: 6 },
      );
    },
    SLOW,
  );
});

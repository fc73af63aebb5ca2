/** A field with its modifiers and values, to a tree of tests (Sigma's specification, "Detection" and "Value modifiers"). */
import type { Terms } from '../expression/allowance.ts';
import { RuleFault } from '../rules/fault.ts';
import type { LogKind } from './kinds.ts';
import { SIGMA_LIMITS } from './limits.ts';
import type { FieldTest, Node } from './node.ts';
import { lowerPattern, matcherOf, parsePattern, widened, type Pattern } from './pattern.ts';
import { isEncoding, spellingsOf } from './spellings.ts';
import { ExpressionTest, MissingTest, NetworkTest, NumberTest, SameTest, TextTest } from './values.ts';

/** How a cell is compared with a value; one of them at most. */
const COMPARISONS: ReadonlySet<string> = new Set([
  ...['contains', 'startswith', 'endswith', 're', 'cidr', 'exists', 'lt', 'lte', 'gt', 'gte', 'fieldref'],
]);
/** Options of expressions. */
const OPTIONS: ReadonlySet<string> = new Set(['i', 'm', 's', 'ignorecase', 'multiline', 'dotall']);
const OTHERS: ReadonlySet<string> = new Set(['all', 'cased', 'neq']);
/** Those of Sigma that are refused, and why. */
const REFUSED: ReadonlyMap<string, string> = new Map([
  ['expand', 'placeholders have no values here: write them into the rule'],
  ...['minute', 'hour', 'day', 'week', 'month', 'year'].map(
    (one) => [one, 'parts of a time are not compared'] as const,
  ),
]);

export interface Key {
  /** '' for keywords. */
  name: string;
  comparison: string;
  encodings: readonly string[];
  options: ReadonlySet<string>;
  all: boolean;
  cased: boolean;
  negated: boolean;
}

/** @throws RuleFault */
export function keyOf(text: string): Key {
  const [name = '', ...modifiers] = text.split('|');
  for (const one of modifiers) {
    if (COMPARISONS.has(one) || OPTIONS.has(one) || OTHERS.has(one) || isEncoding(one)) continue;
    throw new RuleFault(one.slice(0, 60), REFUSED.get(one) ?? 'no such modifier is known');
  }
  const comparisons = modifiers.filter((one) => COMPARISONS.has(one));
  if (comparisons.length > 1) throw new RuleFault(comparisons[1]!, `it contradicts ${comparisons[0]}`);
  const [comparison = ''] = comparisons;
  const options = new Set(modifiers.filter((one) => OPTIONS.has(one)).map((one) => optionOf(one)));
  const encodings = modifiers.filter((one) => isEncoding(one));
  if (options.size > 0 && comparison !== 're') throw new RuleFault([...options][0]!, 'it is an option of re');
  const isText = ['', 'contains', 'startswith', 'endswith'].includes(comparison);
  if (encodings.length > 0 && !isText) throw new RuleFault(encodings[0]!, `it does not go with ${comparison}`);
  const cased = modifiers.includes('cased');
  if (cased && !isText) throw new RuleFault('cased', `it does not go with ${comparison}`);
  const all = modifiers.includes('all');
  return { name, comparison, encodings, options, all, cased, negated: modifiers.includes('neq') };
}

function optionOf(text: string): string {
  return text === 'ignorecase' ? 'i' : text === 'multiline' ? 'm' : text === 'dotall' ? 's' : text;
}

/** Counts values of a rule. */
export class Values {
  /** What its expressions may come to. */
  readonly terms: Terms;
  private left: number = SIGMA_LIMITS.values;

  constructor(terms: Terms = {}) {
    this.terms = terms;
  }

  /** @throws RuleFault */
  take(count: number): void {
    this.left -= count;
    if (this.left < 0) throw new RuleFault('detection', `more than ${SIGMA_LIMITS.values} values`);
  }
}

/** @throws RuleFault */
export function fieldNode(text: string, given: unknown, kind: LogKind, values: Values): Node {
  const key = keyOf(text);
  if (key.name === '') return keywordsNode(key, listOf(text, given), values);
  const field = fieldOf(key.name, kind);
  const list = listOf(text, given);
  values.take(list.length);
  if (key.comparison === 'cidr' && !key.all) {
    const test = new NetworkTest(
      field,
      list.map((one) => textOf(key, one)),
    );
    return negatedIf(key, { op: 'test', test });
  }
  const nodes = list.map((one) => valueNode(key, field, one, kind, values.terms));
  return negatedIf(key, nodes.length === 1 ? nodes[0]! : { op: key.all ? 'and' : 'or', of: nodes });
}

/** @throws RuleFault */
export function fieldOf(name: string, kind: LogKind): number {
  const field = kind.field(name);
  if (field !== undefined) return field;
  throw new RuleFault(name.slice(0, 80), `Sonde's records of ${kind.id} have no such field`);
}

function listOf(key: string, given: unknown): readonly unknown[] {
  const list: readonly unknown[] = Array.isArray(given) ? given : [given];
  if (list.length === 0) throw new RuleFault(key.slice(0, 80), 'it has no values');
  return list;
}

function negatedIf(key: Key, node: Node): Node {
  return key.negated ? { op: 'not', of: node } : node;
}

/** Texts anywhere in an event. @throws RuleFault */
function keywordsNode(key: Key, list: readonly unknown[], values: Values): Node {
  if (key.comparison !== '' || key.cased || key.negated)
    throw new RuleFault('keywords', 'words of no field take no other modifiers than all and encodings');
  return keywords(list, key.all, values, key.encodings);
}

/** @throws RuleFault */
export function keywords(
  list: readonly unknown[],
  all: boolean,
  values: Values,
  encodings: readonly string[] = [],
): Node {
  values.take(list.length);
  const nodes = list.map((one): Node => {
    const patterns = spellingsOf(parsePattern(wordOf('keywords', one)), encodings);
    const each = patterns.map((pattern): Node => {
      return { op: 'anywhere', matches: matcherOf(lowerPattern(widened(pattern, true, true))) };
    });
    return each.length === 1 ? each[0]! : { op: 'or', of: each };
  });
  return nodes.length === 1 ? nodes[0]! : { op: all ? 'and' : 'or', of: nodes };
}

function wordOf(key: string, value: unknown): string {
  if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean')
    throw new RuleFault(key.slice(0, 80), 'a value is neither text nor a number');
  const text = String(value);
  if (text.length <= SIGMA_LIMITS.valueCharacters) return text;
  throw new RuleFault(key.slice(0, 80), `a value has more than ${SIGMA_LIMITS.valueCharacters} letters`);
}

function textOf({ name, comparison }: Key, value: unknown): string {
  return wordOf(comparison === '' ? name : `${name}|${comparison}`, value);
}

function valueNode(key: Key, field: number, value: unknown, kind: LogKind, terms: Terms): Node {
  const { comparison } = key;
  if (value === null) {
    if (comparison === '' && key.encodings.length === 0) return testNode(new MissingTest(field, false));
    throw new RuleFault(`${key.name}|${comparison}`, 'null takes no modifier');
  }
  switch (comparison) {
    case 're':
      return testNode(new ExpressionTest(field, textOf(key, value), key.options, terms));
    case 'cidr':
      return testNode(new NetworkTest(field, [textOf(key, value)]));
    case 'exists':
      return testNode(new MissingTest(field, existsOf(value)));
    case 'lt':
    case 'lte':
    case 'gt':
    case 'gte':
      return testNode(new NumberTest(field, comparison, numberOf(key, value)));
    case 'fieldref':
      return testNode(new SameTest(field, fieldOf(textOf(key, value), kind)));
    default:
      return textNode(key, field, textOf(key, value));
  }
}

function existsOf(value: unknown): boolean {
  if (typeof value === 'boolean') return value;
  if (value === 'true' || value === 'yes') return true;
  if (value === 'false' || value === 'no') return false;
  throw new RuleFault('exists', 'it takes true or false');
}

function numberOf({ comparison }: Key, value: unknown): number {
  const number = typeof value === 'number' ? value : typeof value === 'string' && value.trim() ? Number(value) : NaN;
  if (Number.isFinite(number)) return number;
  throw new RuleFault(comparison, 'it takes a number');
}

function textNode(key: Key, field: number, text: string): Node {
  const before = key.comparison === 'contains' || key.comparison === 'endswith';
  const after = key.comparison === 'contains' || key.comparison === 'startswith';
  const shaped = (pattern: Pattern): Pattern => widened(pattern, before, after);
  const tests = spellingsOf(parsePattern(text), key.encodings).map((one) =>
    testNode(new TextTest(field, shaped(one), key.cased)),
  );
  return tests.length === 1 ? tests[0]! : { op: 'or', of: tests };
}

function testNode(test: FieldTest): Node {
  return { op: 'test', test };
}

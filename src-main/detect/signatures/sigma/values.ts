/** Tests of a field's cell. */
import { isIP } from 'node:net';
import { RE2JS } from 're2js';
import { AllowanceSpent, type Terms } from '../expression/allowance.ts';
import { Expression } from '../expression/expression.ts';
import { RuleFault } from '../rules/fault.ts';
import type { LogEvent } from './event.ts';
import { wordsOf } from '../rules/addresses.ts';
import { SIGMA_LIMITS } from './limits.ts';
import type { FieldTest, Literal } from './node.ts';
import { lowerPattern, matcherOf, plainText, type Pattern } from './pattern.ts';

/** Letters of one cell that an expression looks through. */
const LOOKED = 64 * 1024;

export class TextTest implements FieldTest {
  readonly field: number;
  readonly needs: readonly Literal[] | null;
  private readonly cased: boolean;
  private readonly matches: (text: string) => boolean;

  constructor(field: number, pattern: Pattern, cased: boolean) {
    this.field = field;
    this.cased = cased;
    this.matches = matcherOf(cased ? pattern : lowerPattern(pattern));
    const literal = literalOf(lowerPattern(pattern));
    this.needs = literal && [{ field, ...literal }];
  }

  holds(event: LogEvent): boolean {
    for (const text of this.cased ? event.texts(this.field) : event.lowers(this.field))
      if (this.matches(text)) return true;
    return false;
  }
}

/** The longest part between wildcards; null where there is none. */
function literalOf(pattern: Pattern): Omit<Literal, 'field'> | null {
  const plain = plainText(pattern);
  if (plain !== undefined) return { text: plain, exact: true };
  let text = '';
  for (const part of pattern) if (typeof part === 'string' && part.length > text.length) text = part;
  return text === '' ? null : { text, exact: false };
}

export class MissingTest implements FieldTest {
  readonly field: number;
  readonly needs = null;
  private readonly there: boolean;

  /** `there`: it holds where the cell has a value; else where it has none. */
  constructor(field: number, there: boolean) {
    this.field = field;
    this.there = there;
  }

  holds(event: LogEvent): boolean {
    return event.has(this.field) === this.there;
  }
}

const COMPARE: ReadonlyMap<string, (cell: number, value: number) => boolean> = new Map([
  ['lt', (cell: number, value: number) => cell < value],
  ['lte', (cell: number, value: number) => cell <= value],
  ['gt', (cell: number, value: number) => cell > value],
  ['gte', (cell: number, value: number) => cell >= value],
]);

export class NumberTest implements FieldTest {
  readonly field: number;
  readonly needs = null;
  private readonly value: number;
  private readonly compare: (cell: number, value: number) => boolean;

  constructor(field: number, operator: string, value: number) {
    this.field = field;
    this.value = value;
    this.compare = COMPARE.get(operator)!;
  }

  holds(event: LogEvent): boolean {
    const cell = event.cells[this.field];
    if (typeof cell === 'number') return this.compare(cell, this.value);
    if (cell === undefined || typeof cell === 'boolean') return false;
    return event.texts(this.field).some((text) => text.trim() !== '' && this.compare(Number(text), this.value));
  }
}

interface Network {
  words: readonly number[];
  masks: readonly number[];
}

/** @throws RuleFault */
function networkOf(text: string): Network {
  const [address = '', bits] = text.trim().split('/');
  const version = isIP(address);
  const most = version === 6 ? 128 : 32;
  const prefix = bits === undefined ? most : /^\d{1,3}$/.test(bits) ? Number(bits) : NaN;
  if (version === 0 || !(prefix <= most)) throw new RuleFault('cidr', `${text.slice(0, 60)} is no network`);
  const left = version === 6 ? prefix : prefix + 96;
  const masks = [0, 1, 2, 3].map((i) => {
    const some = Math.min(32, Math.max(0, left - i * 32));
    return some === 0 ? 0 : (0xffffffff << (32 - some)) >>> 0;
  });
  return { words: wordsOf(address).map((word, i) => (word & masks[i]!) >>> 0), masks };
}

/** In one of some networks. */
export class NetworkTest implements FieldTest {
  readonly field: number;
  readonly needs = null;
  private readonly networks: readonly Network[];

  /** @throws RuleFault */
  constructor(field: number, texts: readonly string[]) {
    this.field = field;
    this.networks = texts.map(networkOf);
  }

  holds(event: LogEvent): boolean {
    for (const address of event.addresses(this.field)) {
      for (const { words, masks } of this.networks) {
        let i = 3;
        while (i >= 0 && (address[i]! & masks[i]!) >>> 0 === words[i]) i--;
        if (i < 0) return true;
      }
    }
    return false;
  }
}

export class ExpressionTest implements FieldTest {
  readonly field: number;
  readonly needs = null;
  private readonly expression: Expression;

  /** @throws RuleFault */
  constructor(field: number, source: string, options: ReadonlySet<string>, terms: Terms = {}) {
    this.field = field;
    const flags =
      (options.has('i') ? RE2JS.CASE_INSENSITIVE : 0) |
      (options.has('m') ? RE2JS.MULTILINE : 0) |
      (options.has('s') ? RE2JS.DOTALL : 0);
    if (source.length > SIGMA_LIMITS.expressionCharacters)
      throw new RuleFault('re', `an expression has more than ${SIGMA_LIMITS.expressionCharacters} letters`);
    try {
      this.expression = new Expression(source, flags, terms);
    } catch (error) {
      if (error instanceof AllowanceSpent) throw new RuleFault('re', error.message);
      const said = error instanceof Error ? error.message : String(error);
      throw new RuleFault('re', `not an expression that time grows evenly with: ${said.slice(0, 160)}`);
    }
  }

  holds(event: LogEvent): boolean | undefined {
    const most = Math.min(LOOKED, this.expression.reach);
    let whole = true;
    for (const text of event.texts(this.field)) {
      if (this.expression.test(text.slice(0, most), () => undefined)) return true;
      whole &&= text.length <= most;
    }
    // It may stand in what was not looked through.
    return whole ? false : undefined;
  }
}

/** The same as another field of the event. */
export class SameTest implements FieldTest {
  readonly field: number;
  readonly needs = null;
  private readonly other: number;

  constructor(field: number, other: number) {
    this.field = field;
    this.other = other;
  }

  holds(event: LogEvent): boolean {
    const others = event.lowers(this.other);
    return event.lowers(this.field).some((text) => others.includes(text));
  }
}

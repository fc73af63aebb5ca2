/**
 * The filter language: `id.resp_p == 22 && orig_bytes > 1MB && !(id.orig_h in 10.0.0.0/8)`.
 *
 *     filter     = and { ("||" | "or") and }
 *     and        = not { ("&&" | "and") not }
 *     not        = ("!" | "not") not | "(" filter ")" | test
 *     test       = FLAG | FIELD op value | FIELD "contains" value | FIELD ["not"] "in" (value | "{" value {"," value} "}")
 *     op         = "==" | "=" | "!=" | "<" | "<=" | ">" | ">="
 *
 * A value is a number with a unit, an address or network, a time, a word, a "quoted text", a range 1..1024 after `in`,
 * or `unset`.
 */
import { parseAddress, parseNetwork } from '../network.ts';
import { fieldNamed, type Field } from './fields.ts';
import { nearestField } from './nearest.ts';
import { tokens, type Token } from './tokens.ts';
import { FilterFault, type Filter, type Parsed } from './types.ts';
import { comparison, member } from './values.ts';

const DEPTH_MAX = 100;
const COMPARING = new Set(['==', '=', '!=', '<', '<=', '>', '>=']);

class Parser {
  private readonly list: readonly Token[];
  private at = 0;
  private depth = 0;

  constructor(list: readonly Token[]) {
    this.list = list;
  }

  all(): Filter | null {
    if (this.peek().kind === 'end') return null;
    const filter = this.either();
    const rest = this.peek();
    if (rest.kind !== 'end') {
      const cure = rest.text === ')' ? 'Remove it, or open a bracket before it.' : 'Join tests with && or ||.';
      throw new FilterFault(`${rest.text} cannot stand here`, rest, cure);
    }
    return filter;
  }

  private peek(): Token {
    return this.list[this.at]!;
  }

  private take(): Token {
    const token = this.peek();
    if (token.kind !== 'end') this.at++;
    return token;
  }

  private skip(...texts: string[]): boolean {
    const { kind, text } = this.peek();
    if (kind === 'text' || kind === 'end' || !texts.includes(text)) return false;
    this.at++;
    return true;
  }

  private either(): Filter {
    const items = [this.both()];
    while (this.skip('||', 'or')) items.push(this.both());
    return items.length === 1 ? items[0]! : { type: 'or', items };
  }

  private both(): Filter {
    const items = [this.not()];
    while (this.skip('&&', 'and')) items.push(this.not());
    return items.length === 1 ? items[0]! : { type: 'and', items };
  }

  private not(): Filter {
    const here = this.peek();
    if (++this.depth > DEPTH_MAX) throw new FilterFault('the filter is nested too deeply', here, 'Use fewer brackets.');
    try {
      if (this.skip('!', 'not')) return { type: 'not', item: this.not() };
      if (!this.skip('(')) return this.test();
      const inner = this.either();
      if (!this.skip(')')) {
        const found = this.peek();
        throw new FilterFault(
          'the bracket is never closed',
          found.kind === 'end' ? here : found,
          'Write ) after the test.',
        );
      }
      return inner;
    } finally {
      this.depth--;
    }
  }

  private test(): Filter {
    const field = this.field();
    const op = this.peek();
    if (op.kind === 'mark' && COMPARING.has(op.text)) {
      this.at++;
      return comparison(field, op, this.value(op));
    }
    if (op.kind === 'bare') {
      if (op.text === 'contains') return this.contains(field);
      if (op.text === 'in') return this.among(field);
      if (op.text === 'not' && this.list[this.at + 1]?.text === 'in') {
        this.at++;
        return { type: 'not', item: this.among(field) };
      }
    }
    if (field.type === 'flag') return { type: 'flag', field: field.name };
    throw new FilterFault(`an operator is missing after ${field.name}`, op, `Write for example ${field.name} == ….`);
  }

  private field(): Field {
    const token = this.take();
    if (token.kind === 'end')
      throw new FilterFault('a test is missing here', token, 'Write for example id.resp_p == 22.');
    const found = token.kind === 'bare' ? fieldNamed(token.text) : undefined;
    if (found) return found;
    if (token.kind === 'bare' && (parseAddress(token.text) || parseNetwork(token.text)))
      throw new FilterFault(`${token.text} stands alone`, token, `Write host == ${token.text}.`);
    const near = token.kind === 'bare' ? nearestField(token.text) : undefined;
    const cure = near === undefined ? 'Write for example id.resp_p == 22.' : `Did you mean ${near}?`;
    throw new FilterFault(
      token.kind === 'mark' ? `${token.text} cannot stand here` : `there is no field ${token.text}`,
      token,
      cure,
      near,
    );
  }

  private value(after: Token): Token {
    const token = this.take();
    if (token.kind === 'bare' || token.kind === 'text') return token;
    const at = token.kind === 'end' ? after : token;
    throw new FilterFault(`a value is missing after ${after.text}`, at, 'Write what to compare with.');
  }

  private contains(field: Field): Filter {
    const op = this.take();
    if (field.type !== 'text')
      throw new FilterFault(`${field.name} is no text: it cannot contain one`, op, `Write ${field.name} == ….`);
    return { type: 'text', field: field.name, op: 'contains', value: this.value(op).text };
  }

  private among(field: Field): Filter {
    const op = this.take();
    if (!this.skip('{')) return member(field, this.value(op));
    const items: Filter[] = [];
    do items.push(member(field, this.value(op)));
    while (this.skip(','));
    if (!this.skip('}'))
      throw new FilterFault('the list is never closed', this.peek(), 'Write } after the last value.');
    return items.length === 1 ? items[0]! : { type: 'or', items };
  }
}

/** Reads and checks a filter; `filter: null` for a text without tests, which lets everything through. Never throws. */
export function parseFilter(text: string): Parsed {
  try {
    return { ok: true, filter: new Parser(tokens(text)).all() };
  } catch (error) {
    if (error instanceof FilterFault) return { ok: false, fault: error.fault };
    throw error;
  }
}

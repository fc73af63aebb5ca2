/**
 * Conditions: names of searches joined by `and`, `or`, `not` and parentheses; `1 of` and `all of` names with `*`, or `them`
 * (all but those that begin with `_`). `not` binds closest, then `and`. What follows `|` is an aggregation.
 */
import { RuleFault } from '../rules/fault.ts';
import { SIGMA_LIMITS } from './limits.ts';
import type { Node } from './node.ts';
import { matcherOf, parsePattern } from './pattern.ts';

export interface Condition {
  node: Node;
  /** What stands behind the first `|`; '' where there is none. */
  aggregation: string;
}

type Searches = ReadonlyMap<string, Node>;

const TOKEN = /\s*(?:([()])|([^\s()|]+)|(\|)([\s\S]*))/y;

interface Tokens {
  words: string[];
  aggregation: string;
}

function tokensOf(text: string): Tokens {
  const words: string[] = [];
  let aggregation = '';
  const end = text.trimEnd().length;
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < end) {
    const [, parenthesis, word, pipe, rest = ''] = TOKEN.exec(text)!;
    if (pipe !== undefined) {
      aggregation = rest.trim();
      if (aggregation === '') throw new RuleFault('condition', 'nothing follows |');
      break;
    }
    words.push((parenthesis ?? word)!);
  }
  return { words, aggregation };
}

class Reader {
  private readonly words: readonly string[];
  private readonly searches: Searches;
  private at = 0;
  private depth = 0;

  constructor(words: readonly string[], searches: Searches) {
    this.words = words;
    this.searches = searches;
  }

  whole(): Node {
    const node = this.joined('or');
    if (this.at < this.words.length) throw new RuleFault('condition', `“${this.shown}” is not expected`);
    return node;
  }

  private joined(op: 'or' | 'and'): Node {
    const of = [this.part(op)];
    while (this.takes(op)) of.push(this.part(op));
    return of.length === 1 ? of[0]! : { op, of };
  }

  private part(op: 'or' | 'and'): Node {
    return op === 'or' ? this.joined('and') : this.negated();
  }

  private negated(): Node {
    let isNegated = false;
    while (this.takes('not')) isNegated = !isNegated;
    const node = this.single();
    return isNegated ? { op: 'not', of: node } : node;
  }

  private single(): Node {
    const word = this.words[this.at];
    if (word === undefined) throw new RuleFault('condition', 'it ends too early');
    if (word === '(') {
      if (++this.depth > SIGMA_LIMITS.conditionDepth) throw new RuleFault('condition', 'nested too deeply');
      this.at++;
      const node = this.joined('or');
      if (this.words[this.at++] !== ')') throw new RuleFault('condition', 'a parenthesis is not closed');
      this.depth--;
      return node;
    }
    if (this.words[this.at + 1]?.toLowerCase() === 'of') return this.several(word.toLowerCase());
    this.at++;
    const search = this.searches.get(word);
    if (!search) throw new RuleFault('condition', `there is no search “${word.slice(0, 60)}”`);
    return search;
  }

  private several(count: string): Node {
    if (count !== '1' && count !== 'any' && count !== 'all')
      throw new RuleFault('condition', `“${count.slice(0, 20)} of”: 1 of, any of and all of are known`);
    const name = this.words[this.at + 2];
    if (name === undefined || name === '(') throw new RuleFault('condition', 'a name has to follow “of”');
    this.at += 3;
    const of = this.named(name);
    if (of.length === 0) throw new RuleFault('condition', `no search is called “${name.slice(0, 60)}”`);
    return of.length === 1 ? of[0]! : { op: count === 'all' ? 'and' : 'or', of };
  }

  private named(name: string): Node[] {
    if (name.toLowerCase() === 'them')
      return [...this.searches].filter(([one]) => !one.startsWith('_')).map(([, node]) => node);
    const matches = matcherOf(parsePattern(name));
    return [...this.searches].filter(([one]) => matches(one)).map(([, node]) => node);
  }

  private takes(word: string): boolean {
    if (this.words[this.at]?.toLowerCase() !== word) return false;
    this.at++;
    return true;
  }

  private get shown(): string {
    return (this.words[this.at] ?? '').slice(0, 60);
  }
}

/** @throws RuleFault */
export function parseCondition(text: string, searches: Searches): Condition {
  if (text.length > SIGMA_LIMITS.conditionCharacters)
    throw new RuleFault('condition', `it has more than ${SIGMA_LIMITS.conditionCharacters} letters`);
  const { words, aggregation } = tokensOf(text);
  return { node: new Reader(words, searches).whole(), aggregation };
}

/** A filter's text as tokens, each with its place. */
import { FilterFault, type Span } from './types.ts';

export interface Token extends Span {
  /** bare: a field, word, number, address or time; text: in quotes; mark: an operator or bracket; end: after the last. */
  kind: 'bare' | 'text' | 'mark' | 'end';
  /** Of `text`: what it says, without quotes and escapes. */
  text: string;
}

export const FILTER_MAX = 4096;
const TOKENS_MAX = 1000;
const MARKS = ['&&', '||', '==', '!=', '<=', '>=', '(', ')', '{', '}', ',', '<', '>', '=', '!'];
const BARE = /[\p{L}\p{N}_.:/%+*-]+/uy;

function quoted(text: string, start: number): Token {
  let said = '';
  for (let at = start + 1; at < text.length; at++) {
    const c = text[at]!;
    if (c === '"') return { kind: 'text', text: said, start, end: at + 1 };
    if (c === '\\' && at + 1 < text.length) said += text[++at]!;
    else said += c;
  }
  throw new FilterFault('the quotation mark is never closed', { start, end: text.length }, 'Write a second ".');
}

function next(text: string, start: number): Token {
  if (text[start] === '"') return quoted(text, start);
  const mark = MARKS.find((m) => text.startsWith(m, start));
  if (mark !== undefined) return { kind: 'mark', text: mark, start, end: start + mark.length };
  BARE.lastIndex = start;
  const found = BARE.exec(text);
  if (found) return { kind: 'bare', text: found[0], start, end: start + found[0].length };
  const c = String.fromCodePoint(text.codePointAt(start)!);
  const cure = c === '&' || c === '|' ? `Write ${c}${c}.` : 'Remove it, or put the text in quotation marks.';
  throw new FilterFault(`${c} means nothing here`, { start, end: start + c.length }, cure);
}

/** All tokens, with `end` as the last. @throws FilterFault */
export function tokens(text: string): Token[] {
  if (text.length > FILTER_MAX) {
    throw new FilterFault(
      `a filter has at most ${FILTER_MAX} characters`,
      { start: FILTER_MAX, end: text.length },
      'Shorten it.',
    );
  }
  const found: Token[] = [];
  for (let at = 0; at < text.length;) {
    if (/\s/.test(text[at]!)) {
      at++;
      continue;
    }
    const token = next(text, at);
    if (found.length >= TOKENS_MAX) throw new FilterFault('the filter is too long', token, 'Shorten it.');
    found.push(token);
    at = token.end;
  }
  found.push({ kind: 'end', text: '', start: text.length, end: text.length });
  return found;
}

/** Text with wildcards, as Sigma writes it: `*` any letters, `?` one letter; a backslash takes either at its word. */
import { Glob } from './glob.ts';

export const ANY = 1;
export const ONE = 2;

/** Letters, and what stands for letters. */
export type Pattern = readonly (string | typeof ANY | typeof ONE)[];

/** `\*`, `\?` and `\\` mean the letter itself; a backslash before anything else is one. */
export function parsePattern(text: string): Pattern {
  const parts: (string | typeof ANY | typeof ONE)[] = [];
  let plain = '';
  for (let i = 0; i < text.length; i++) {
    const c = text.charAt(i);
    const next = text.charAt(i + 1);
    if (c === '\\' && (next === '*' || next === '?' || next === '\\')) {
      plain += next;
      i++;
    } else if (c === '*' || c === '?') {
      if (plain !== '') parts.push(plain);
      plain = '';
      const wild = c === '*' ? ANY : ONE;
      if (wild === ONE || parts.at(-1) !== ANY) parts.push(wild);
    } else plain += c;
  }
  if (plain !== '') parts.push(plain);
  return parts;
}

export function plainPattern(text: string): Pattern {
  return text === '' ? [] : [text];
}

/** The text of a pattern without wildcards; undefined where it has some. */
export function plainText(pattern: Pattern): string | undefined {
  if (pattern.length === 0) return '';
  const [only] = pattern;
  return pattern.length === 1 && typeof only === 'string' ? only : undefined;
}

/** With any letters before it, after it, or both. */
export function widened(pattern: Pattern, before: boolean, after: boolean): Pattern {
  const parts = [...pattern];
  if (before && parts[0] !== ANY) parts.unshift(ANY);
  if (after && parts.at(-1) !== ANY) parts.push(ANY);
  return parts;
}

export function lowerPattern(pattern: Pattern): Pattern {
  return pattern.map((part) => (typeof part === 'string' ? part.toLowerCase() : part));
}

/** The test of a whole text: time grows evenly with its length. @throws RuleFault */
export function matcherOf(pattern: Pattern): (text: string) => boolean {
  const plain = plainText(pattern);
  if (plain !== undefined) return (text) => text === plain;
  const [first, second] = pattern;
  if (pattern.length === 1 && first === ANY) return () => true;
  if (pattern.length === 2 && typeof first === 'string' && second === ANY) return (text) => text.startsWith(first);
  if (pattern.length === 2 && first === ANY && typeof second === 'string') return (text) => text.endsWith(second);
  const glob = new Glob(pattern);
  return (text) => glob.test(text);
}

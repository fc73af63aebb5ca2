/** Text with wildcards, as Sigma writes it: `*` any letters, `?` one letter; a backslash takes either at its word. */

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

/** The test of a whole text: time grows at most with the product of both lengths. */
export function matcherOf(pattern: Pattern): (text: string) => boolean {
  const plain = plainText(pattern);
  if (plain !== undefined) return (text) => text === plain;
  if (!pattern.includes(ONE)) {
    const [first, second, third] = pattern;
    if (pattern.length === 1) return () => true;
    if (pattern.length === 2 && typeof first === 'string') return (text) => text.startsWith(first);
    if (pattern.length === 2 && typeof second === 'string') return (text) => text.endsWith(second);
    if (pattern.length === 3 && first === ANY && third === ANY && typeof second === 'string')
      return (text) => text.includes(second);
  }
  const units = unitsOf(pattern);
  return (text) => globs(units, text);
}

/** Letters as their codes, wildcards as negative numbers. */
function unitsOf(pattern: Pattern): Int32Array {
  const units: number[] = [];
  for (const part of pattern) {
    if (typeof part !== 'string') units.push(-part);
    else for (let i = 0; i < part.length; i++) units.push(part.charCodeAt(i));
  }
  return Int32Array.from(units);
}

/** From the latest `*` on everything before it is settled: it alone is tried again, one letter further. */
function globs(units: Int32Array, text: string): boolean {
  let at = 0;
  let star = -1;
  let resume = 0;
  for (let i = 0; i < text.length;) {
    const unit = at < units.length ? units[at]! : 0x10000;
    if (unit === -ANY) {
      star = at++;
      resume = i;
    } else if (unit === -ONE || unit === text.charCodeAt(i)) {
      at++;
      i++;
    } else if (star >= 0) {
      at = star + 1;
      i = ++resume;
    } else return false;
  }
  while (at < units.length && units[at] === -ANY) at++;
  return at === units.length;
}

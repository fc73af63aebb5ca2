/**
 * What stands in every text that a regular expression stands in: one of some short words. To look for them takes a hundredth of what
 * the expression itself takes, and in most texts there is none.
 */
import { lengthAt } from './size.ts';

/** More words than these are no sign of anything. */
const WORDS = 16;

/** One of these stands there; null: whatever. */
type Words = readonly string[] | null;

/** A part of an expression, in its order; `text`: that alone, so that what follows stands beside it. */
interface Part {
  words: Words;
  text: string | undefined;
}

/** One way of a group while it is read; `ways`: those that are complete. */
interface Group {
  ways: Words[];
  parts: Part[];
}

const ANYTHING: Part = { words: null, text: undefined };
/** A place between letters. */
const NOTHING: Part = { words: null, text: '' };

const CONTROLS: ReadonlyMap<string, string> = new Map([
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
  ['f', '\f'],
]);

/** How rare a word is: each of its letters counts, signs more than letters. */
function rarity(word: string): number {
  let sum = 0;
  for (const letter of word) sum += /[a-z]/.test(letter) ? 2 : /[\d/.=&?]/.test(letter) ? 2.5 : letter === ' ' ? 1 : 5;
  return sum;
}

/** The commonest of several decides. */
function worth(words: Words): number {
  if (words === null || words.length > WORDS) return 0;
  return Math.min(...words.map(rarity)) - words.length / WORDS;
}

function better(one: Words, other: Words): Words {
  return worth(other) > worth(one) ? other : one;
}

/** What stands in each text in which all parts stand, one behind the other. */
function wordsOf(parts: readonly Part[]): Words {
  let best: Words = null;
  let text = '';
  for (const part of [...parts, ANYTHING]) {
    if (part.text !== undefined) text += part.text;
    else {
      if (text !== '') best = better(best, [text]);
      text = '';
      best = better(best, part.words);
    }
  }
  return best;
}

function anyOf(ways: readonly Words[]): Words {
  const all = new Set<string>();
  for (const words of ways) {
    if (words === null) return null;
    for (const word of words) all.add(word);
  }
  return all.size === 0 || all.size > WORDS || all.has('') ? null : [...all];
}

/** The letter that an escape or a letter stands for; undefined: none, or one that has another case beyond ASCII. */
function letterOf(part: string): string | undefined {
  let letter: string | undefined = part;
  if (part.startsWith('\\x')) {
    const code = Number.parseInt(part.slice(2), 16);
    letter = part.length === 4 && code >= 0 ? String.fromCharCode(code) : undefined;
  } else if (part.startsWith('\\')) letter = CONTROLS.get(part[1]!) ?? (/^\\\W$/.test(part) ? part[1] : undefined);
  return letter !== undefined && letter.length === 1 && letter < '\x80' ? letter.toLowerCase() : undefined;
}

/** Of a class of few single letters. */
function classPart(part: string): Part {
  const letters: string[] = [];
  for (let i = 1; i < part.length - 1;) {
    const length = part[i] === '\\' ? lengthAt(part, i) : 1;
    const letter =
      part[i] === '-' || part[i] === '[' || (i === 1 && part[i] === '^')
        ? undefined
        : letterOf(part.slice(i, i + length));
    if (letter === undefined) return ANYTHING;
    letters.push(letter);
    i += length;
  }
  return { words: anyOf(letters.map((letter) => [letter])), text: undefined };
}

/** Another part than a group, a sign between ways or a count; null: such are not understood here. */
function partOf(part: string): Part | null {
  if (part === '.') return ANYTHING;
  if (part === '^' || part === '$' || /^\\[bBAz]$/.test(part)) return NOTHING;
  if (part.startsWith('[')) return classPart(part);
  if (/^\\[QECpPGKXZ\d]/.test(part)) return null;
  const text = letterOf(part);
  return text === undefined ? ANYTHING : { words: null, text };
}

/** How often the part before stands there at least; undefined: this is no count. */
function leastOf(part: string): number | undefined {
  if (part === '?' || part === '*') return 0;
  if (part === '+') return 1;
  return part.startsWith('{') && part.length > 1 ? Number.parseInt(part.slice(1), 10) : undefined;
}

/** The part before stands there several times, or perhaps not at all. */
function count(parts: Part[], least: number): void {
  const last = parts.pop();
  if (!last) return;
  const words = last.text === undefined || last.text === '' ? last.words : [last.text];
  parts.push(least === 0 ? ANYTHING : { words, text: undefined });
}

const closed = ({ ways, parts }: Group): Words => anyOf([...ways, wordsOf(parts)]);

/** In lower case, one of which stands, case apart, in each text of Latin letters in which `source` stands; null: that is not known. */
export function neededWords(source: string): readonly string[] | null {
  const outer: Group[] = [];
  let group: Group = { ways: [], parts: [] };
  for (let i = 0; i < source.length;) {
    const length = lengthAt(source, i);
    const part = source.slice(i, i + length);
    i += length;
    const least = leastOf(part);
    if (least !== undefined) {
      count(group.parts, least);
      // Said to be lazy: that changes which text it takes, not whether it stands there.
      if (source[i] === '?') i++;
    } else if (part === '(') {
      if (source[i] === '?' && source[i + 1] !== ':') return null;
      if (source[i] === '?') i += 2;
      outer.push(group);
      group = { ways: [], parts: [] };
    } else if (part === ')') {
      const words = closed(group);
      const before = outer.pop();
      if (!before) return null;
      group = before;
      group.parts.push({ words, text: undefined });
    } else if (part === '|') {
      group.ways.push(wordsOf(group.parts));
      group.parts = [];
    } else {
      const read = partOf(part);
      if (read === null) return null;
      group.parts.push(read);
    }
  }
  return outer.length > 0 ? null : closed(group);
}

/** Numbers of rules: 5, >5, >=5, <5, <=5, !5, 3<>7 and 3-7 (between them, exclusive), &0x10, sizes with kb, mb, gb. */
import { RuleFault } from './fault.ts';

export type NumberTest = (value: number) => boolean;

const UNITS: ReadonlyMap<string, number> = new Map([
  ['', 1],
  ['k', 1024],
  ['kb', 1024],
  ['kib', 1024],
  ['m', 1024 ** 2],
  ['mb', 1024 ** 2],
  ['mib', 1024 ** 2],
  ['g', 1024 ** 3],
  ['gb', 1024 ** 3],
  ['gib', 1024 ** 3],
]);

/** A whole number, decimal or after 0x. @throws RuleFault */
export function wholeOf(keyword: string, text: string, names?: ReadonlyMap<string, number>): number {
  const word = text.trim().toLowerCase();
  const named = names?.get(word) ?? names?.get(word.replaceAll('_', '-'));
  if (named !== undefined) return named;
  const match = /^(-?(?:0x[\da-f]+|\d+))([kmg]?(?:i?b)?)$/.exec(word);
  const unit = match && UNITS.get(match[2]!);
  if (!match || unit === undefined || unit === null)
    throw new RuleFault(keyword, `“${shown(text)}” is no number that is known here`);
  const digits = match[1]!;
  const negative = digits.startsWith('-');
  const size = Number(negative ? digits.slice(1) : digits);
  return (negative ? -size : size) * unit;
}

function shown(text: string): string {
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}

const RANGE = /^(.+?)\s*(?:<>|-)\s*(.+)$/;
const MASK = /^(!?)&\s*([^=!]+?)\s*(?:(!?=)\s*(.+))?$/;

/** `names`: words for values. @throws RuleFault */
export function numberTest(keyword: string, text: string, names?: ReadonlyMap<string, number>): NumberTest {
  const value = text
    .trim()
    .replace(/^"(.*)"$/, '$1')
    .trim();
  const number = (part: string): number => wholeOf(keyword, part, names);
  const whole = names?.get(value.toLowerCase());
  if (whole !== undefined) return (n) => n === whole;
  const mask = MASK.exec(value);
  if (mask) return maskTest(number(mask[2]!), mask[1] === '!', mask[3], mask[4] === undefined ? 0 : number(mask[4]));
  const compared = /^(<=|>=|<|>|!=|!|=)\s*([^<>]+)$/.exec(value);
  if (compared) return comparison(compared[1]!, compared[2]!, number, keyword, names);
  const range = /^-?[^-<>]+$/.test(value) ? null : RANGE.exec(value);
  if (range && !(names && names.has(value.toLowerCase()))) {
    const [low, high] = [number(range[1]!), number(range[2]!)];
    if (low >= high) throw new RuleFault(keyword, `${shown(value)}: the first is not below the second`);
    return (n) => n > low && n < high;
  }
  const wanted = number(value);
  return (n) => n === wanted;
}

function maskTest(mask: number, negated: boolean, sign: string | undefined, wanted: number): NumberTest {
  if (sign === undefined) return (n) => ((n & mask) !== 0) !== negated;
  return (n) => ((n & mask) >>> 0 === wanted >>> 0) !== (sign === '!=');
}

function comparison(
  sign: string,
  rest: string,
  number: (text: string) => number,
  keyword: string,
  names?: ReadonlyMap<string, number>,
): NumberTest {
  if (sign === '!' && /^[^-]+-[^-]+$/.test(rest) && !names?.has(rest.trim().toLowerCase())) {
    const inside = numberTest(keyword, rest, names);
    return (n) => !inside(n);
  }
  const bound = number(rest);
  switch (sign) {
    case '<':
      return (n) => n < bound;
    case '<=':
      return (n) => n <= bound;
    case '>':
      return (n) => n > bound;
    case '>=':
      return (n) => n >= bound;
    case '=':
      return (n) => n === bound;
    default:
      return (n) => n !== bound;
  }
}

/**
 * `pcre` by an engine whose time grows with the text alone. What such an engine cannot do (looking around, references to
 * what was matched before) is refused.
 */
import { RE2JS } from 're2js';
import { AllowanceSpent, type Terms } from '../expression/allowance.ts';
import { Expression, Places } from '../expression/expression.ts';
import { RuleFault } from '../rules/fault.ts';
import { RULES_LIMITS } from '../rules/limits.ts';
import type { Check, Run } from './run.ts';

/** Buffers of a pattern by the letter after it. */
const BUFFERS: ReadonlyMap<string, string> = new Map([
  ['U', 'http.uri'],
  ['I', 'http.uri.raw'],
  ['P', 'http.request_body'],
  ['Q', 'http.response_body'],
  ['H', 'http.header'],
  ['D', 'http.header.raw'],
  ['M', 'http.method'],
  ['C', 'http.cookie'],
  ['S', 'http.stat_code'],
  ['Y', 'http.stat_msg'],
  ['V', 'http.user_agent'],
  ['W', 'http.host'],
  ['Z', 'http.host.raw'],
]);
/** Bytes of a buffer that one pattern looks through: streams and bodies come in stretches far smaller. */
const LOOKED = 1 << 18;
const TRIES = 64;

export interface ParsedPcre {
  check: Pcre;
  /** Which buffer it is about, where it says so itself. */
  buffer: string | undefined;
}

export class Pcre implements Check {
  readonly relative: boolean;
  readonly negated: boolean;
  retry = false;
  private readonly expression: Expression;

  constructor(expression: Expression, relative: boolean, negated: boolean) {
    this.expression = expression;
    this.relative = relative;
    this.negated = negated;
  }

  settle(next: Check | undefined): void {
    this.retry = next?.relative ?? false;
  }

  match(run: Run, checks: readonly Check[], index: number, cursor: number): boolean {
    if (run.givesUp()) return false;
    const begin = this.relative ? Math.min(cursor, run.buffer.length) : 0;
    const isWhole = run.buffer.length - begin <= Math.min(LOOKED, this.expression.reach);
    // From the beginning it is the same however often what stands before it is tried again.
    const places = this.relative ? this.places(run, begin) : run.once(this, () => this.places(run, 0));
    if (!places.any && !isWhole) run.cut++;
    if (this.negated) {
      // That it stands nowhere can only be said of a text that was looked through to its end.
      return !places.any && isWhole && !run.givesUp() && run.follow(checks, index + 1, cursor);
    }
    for (let i = 0; i < TRIES; i++) {
      const found = places.end(i, run.spending);
      if (found < 0) return false;
      if (run.follow(checks, index + 1, begin + found)) {
        run.reached(begin + found);
        return true;
      }
      if (!this.retry || run.givesUp()) return false;
    }
    return false;
  }

  private places(run: Run, begin: number): Places {
    return new Places(this.expression, run.latin1().slice(begin, begin + LOOKED), run.spending);
  }
}

/** `value`: as in the rule, with quotes. @throws RuleFault */
export function parsePcre(value: string, terms: Terms = {}): ParsedPcre {
  if (value.length > RULES_LIMITS.pcreCharacters) throw new RuleFault('pcre', 'longer than a pattern may be');
  const match = /^\s*(!?)\s*"?\s*(!?)(?:\/|m(.))(.*)$/s.exec(value.replace(/"\s*(?:,.*)?$/s, ''));
  if (!match) throw new RuleFault('pcre', 'is not of the form /pattern/options');
  const close = match[4]!.lastIndexOf(match[3] ?? '/');
  if (close < 0) throw new RuleFault('pcre', 'is not of the form "/pattern/options"');
  const negated = match[1] === '!' || match[2] === '!';
  return compile(match[4]!.slice(0, close), match[4]!.slice(close + 1), negated, terms);
}

function compile(pattern: string, letters: string, negated: boolean, terms: Terms): ParsedPcre {
  let flags = RE2JS.DISABLE_UNICODE_GROUPS;
  let buffer: string | undefined;
  const on = new Set(letters.replace(/,.*$/s, '').trim());
  for (const letter of on) {
    const named = BUFFERS.get(letter);
    if (named !== undefined) {
      if (buffer !== undefined) throw new RuleFault('pcre', 'names two buffers');
      buffer = named;
    } else if (letter === 'i') flags |= RE2JS.CASE_INSENSITIVE;
    else if (letter === 's') flags |= RE2JS.DOTALL;
    else if (letter === 'm') flags |= RE2JS.MULTILINE;
    else if (!'xAERGBO'.includes(letter)) throw new RuleFault('pcre', `the option ${letter} is not known here`);
  }
  let source = on.has('x') ? withoutSpaces(pattern) : pattern;
  source = translated(source, !on.has('m') && !on.has('E'));
  if (on.has('G')) source = `(?U)${source}`;
  if (on.has('A')) source = `\\A(?:${source})`;
  const expression = expressionOf('pcre', source, flags, terms);
  return { check: new Pcre(expression, on.has('R'), negated), buffer };
}

/** Said in words of ours: the engine takes `(?<=` for a group whose name is wrong. */
const LOOKS_AROUND = /(?:^|[^\\])(?:\\\\)*\(\?<?[=!]/;

/** @throws RuleFault */
export function expressionOf(keyword: string, source: string, flags: number, terms: Terms): Expression {
  try {
    return new Expression(source, flags, terms);
  } catch (error) {
    if (error instanceof AllowanceSpent) throw new RuleFault(keyword, error.message);
    if (LOOKS_AROUND.test(source)) throw new RuleFault(keyword, 'not possible in linear time: it looks around');
    const why = error instanceof Error ? error.message : 'no pattern';
    throw new RuleFault(keyword, `not possible in linear time: ${why}`);
  }
}

/** Of option x: spaces and remarks outside of classes mean nothing. */
function withoutSpaces(pattern: string): string {
  let out = '';
  let inClass = false;
  for (let i = 0; i < pattern.length; i++) {
    const c = pattern[i]!;
    if (c === '\\') out += c + (pattern[++i] ?? '');
    else if (!inClass && /\s/.test(c)) continue;
    else if (!inClass && c === '#') {
      const end = pattern.indexOf('\n', i);
      i = end < 0 ? pattern.length : end;
    } else {
      if (c === '[') inClass = true;
      else if (c === ']') inClass = false;
      out += c;
    }
  }
  return out;
}

const ESCAPES: ReadonlyMap<string, string> = new Map([
  ['e', '\\x1b'],
  ['h', '[ \\t\\xa0]'],
  ['N', '[^\\n]'],
  ['R', '(?:\\r\\n|[\\n\\x0b\\f\\r\\x85])'],
  ['Z', '(?:\\n?\\z)'],
  ['/', '/'],
]);

/** What the two dialects write differently. `dollar`: it may stand before a last line end. */
function translated(pattern: string, dollar: boolean): string {
  let out = '';
  let inClass = false;
  for (let i = 0; i < pattern.length; i++) {
    const c = pattern[i]!;
    if (c === '\\') {
      const next = pattern[++i] ?? '';
      const hex = next === 'x' ? /^[\da-fA-F]{0,2}/.exec(pattern.slice(i + 1))![0] : undefined;
      if (hex !== undefined && pattern[i + 1] !== '{') {
        out += `\\x${hex.padStart(2, '0')}`;
        i += hex.length;
      } else out += (inClass && next === 'h' ? ' \\t' : inClass ? undefined : ESCAPES.get(next)) ?? simpleEscape(next);
    } else if (inClass) {
      if (c === ']') inClass = false;
      out += c === '[' && pattern[i + 1] !== ':' ? '\\[' : c;
    } else if (c === '[') {
      inClass = true;
      const start = /^\^?\]?/.exec(pattern.slice(i + 1))![0];
      out += c + start.replace(']', '\\]');
      i += start.length;
    } else if (c === '$' && dollar) out += '(?:\\n?\\z)';
    else out += c;
  }
  return longRepeats(out);
}

/** A backslash before what means nothing special. */
function simpleEscape(next: string): string {
  return /[\x80-\uffff"'<>_ :;,&%#@~`=!/-]/.test(next) ? (next === '-' ? '\\-' : next) : `\\${next}`;
}

/** The engine repeats at most 1,000 times at once. */
function longRepeats(pattern: string): string {
  return pattern.replace(
    /((?:\\x[\da-f]{2}|\\.|\[(?:\\.|[^\]\\])+\]|[^\\()[\]{}*+?|]))\{(\d{4,5})(,?)\}/gi,
    (whole, unit: string, digits: string, comma: string) => {
      const times = Number(digits);
      if (times <= 1000) return whole;
      const rest = times % 1000;
      const many = `(?:${unit}{1000}){${Math.floor(times / 1000)}}${rest > 0 ? `${unit}{${rest}}` : ''}`;
      return `(?:${many}${comma === ',' ? `${unit}*` : ''})`;
    },
  );
}

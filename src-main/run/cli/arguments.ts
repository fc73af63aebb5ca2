/** Options of a command, from one table each: parsing, help and "not in this version" come from it. */
import { SondeError } from '../../../src-shared/errors.ts';

export interface OptionSpec {
  name: string;
  /** How its value is called in the help; none: the option is a switch. */
  value?: string;
  help: string;
  /** May be given more than once. */
  repeatable?: boolean;
  /** Set where a later version brings it. */
  later?: boolean;
}

export interface CommandSpec {
  name: string;
  usage: string;
  summary: string;
  options: readonly OptionSpec[];
}

export interface Parsed {
  files: string[];
  /** Last value of a valued option. */
  value(name: string): string | undefined;
  values(name: string): string[];
  on(name: string): boolean;
}

export function usageError(what: string, where: string, cure: string): SondeError {
  return new SondeError('usage', what, where, cure);
}

function nearest(name: string, command: CommandSpec): string {
  const close = command.options.find((o) => o.name.startsWith(name) || distance(o.name, name) <= 2);
  return close ? `Did you mean --${close.name}?` : `See sonde ${command.name} --help.`;
}

/** Levenshtein distance of two short words. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(change, row[j]! + 1, next[j - 1]! + 1));
    }
    row = next;
  }
  return row[b.length]!;
}

/**
 * Reads `args` by the command's table. `--name value` and `--name=value`; `--` ends the options; `-` alone is a file.
 *
 * @throws SondeError `usage` for an unknown, incomplete or repeated option, `not-in-this-version` for a later one.
 */
export function parseArguments(command: CommandSpec, args: readonly string[]): Parsed {
  const specs = new Map(command.options.map((o) => [o.name, o]));
  const given = new Map<string, string[]>();
  const files: string[] = [];
  for (let i = 0; i < args.length; i++) {
    const arg = args[i]!;
    if (arg === '--') {
      files.push(...args.slice(i + 1));
      break;
    }
    if (!arg.startsWith('-') || arg === '-') {
      files.push(arg);
      continue;
    }
    const [name, inline] = splitOption(arg);
    const spec = specs.get(name);
    if (!spec || !arg.startsWith('--')) throw usageError(`unknown option ${arg}`, arg, nearest(name, command));
    if (spec.later) {
      throw new SondeError('not-in-this-version', `--${name}: not in this version`, `--${name}`, 'Leave it out.');
    }
    if (given.has(name) && !spec.repeatable)
      throw usageError(`--${name} was given twice`, `--${name}`, 'Give it once.');
    let value = inline;
    if (spec.value === undefined) {
      if (inline !== undefined) throw usageError(`--${name} takes no value`, `--${name}`, `Write --${name} alone.`);
      value = '';
    } else if (value === undefined) {
      value = args[++i];
      if (value === undefined || (value.startsWith('--') && value.length > 2)) {
        throw usageError(`--${name} needs a value`, `--${name}`, `Write --${name} ${spec.value}.`);
      }
    }
    if (spec.value !== undefined && value === '') {
      throw usageError(`--${name} is empty`, `--${name}`, `Write --${name} ${spec.value}.`);
    }
    given.set(name, [...(given.get(name) ?? []), value ?? '']);
  }
  return {
    files,
    value: (name) => given.get(name)?.at(-1),
    values: (name) => given.get(name) ?? [],
    on: (name) => given.has(name),
  };
}

function splitOption(arg: string): [name: string, value: string | undefined] {
  const text = arg.replace(/^--?/, '');
  const equals = text.indexOf('=');
  return equals < 0 ? [text, undefined] : [text.slice(0, equals), text.slice(equals + 1)];
}

/** A whole number from `least` to `most`. */
export function wholeNumber(parsed: Parsed, name: string, fallback: number, least: number, most: number): number {
  const text = parsed.value(name);
  if (text === undefined) return fallback;
  const number = /^\d+$/.test(text) ? Number(text) : NaN;
  if (Number.isSafeInteger(number) && number >= least && number <= most) return number;
  throw usageError(
    `--${name} ${text}: not a whole number from ${least} to ${most}`,
    `--${name}`,
    `Write for example --${name} ${fallback}.`,
  );
}

/** A share strictly between 0 and 1. */
export function share(parsed: Parsed, name: string, fallback: number): number {
  const text = parsed.value(name);
  if (text === undefined) return fallback;
  const value = /^(0|1)?\.?\d*$/.test(text) ? Number(text) : NaN;
  if (value > 0 && value < 1) return value;
  throw usageError(`--${name} ${text}: not between 0 and 1`, `--${name}`, `Write for example --${name} ${fallback}.`);
}

/** `--train A B --test C` as `--train A --train B --test C`, for the options that take lists. */
export function spreadLists(args: readonly string[], lists: readonly string[]): string[] {
  const out: string[] = [];
  let list: string | undefined;
  let isFirst = false;
  for (const arg of args) {
    if (arg.startsWith('-')) {
      list = lists.includes(arg) ? arg : undefined;
      isFirst = true;
      out.push(arg);
    } else if (list === undefined) out.push(arg);
    else {
      if (!isFirst) out.push(list);
      out.push(arg);
      isFirst = false;
    }
    if (list === undefined) isFirst = false;
  }
  return out;
}

/** One of a list of words. */
export function oneOf<const W extends string>(parsed: Parsed, name: string, words: readonly W[]): W | undefined {
  const text = parsed.value(name);
  if (text === undefined) return undefined;
  const found = words.find((w) => w === text);
  if (found !== undefined) return found;
  throw usageError(
    `--${name} ${text}: not one of ${words.join(', ')}`,
    `--${name}`,
    `Write for example --${name} ${words.at(-1)}.`,
  );
}

/** Help text of a command. */
export function helpOf(command: CommandSpec): string {
  const shown = command.options.filter((o) => !o.later);
  const lefts = shown.map((o) => `--${o.name}${o.value === undefined ? '' : ` ${o.value}`}`);
  const width = Math.max(0, ...lefts.map((l) => l.length));
  const rows = shown.map((o, i) => `  ${lefts[i]!.padEnd(width)}  ${o.help}`);
  return [`Usage: ${command.usage}`, '', command.summary, '', 'Options:', ...rows, ''].join('\n');
}

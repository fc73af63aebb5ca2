/** What is wrong in a file that somebody wrote, in plain words with its place: nothing of it is repeated at length. */
import type { z } from './schema.ts';

type RawIssue = Parameters<z.core.$ZodErrorMap>[0];
type Issue = z.core.$ZodIssue;

/** Of a name that stands in the file, characters; of a list of words that may stand somewhere, entries. */
const NAME_MAX = 40;
const CHOICES_MAX = 40;
/** Of one fault, characters. */
const FAULT_MAX = 700;

const clip = (text: string, most: number): string => (text.length > most ? `${text.slice(0, most)}…` : text);

function some(list: readonly unknown[], most: number): string {
  const named = list.slice(0, most).map((each) => clip(String(each), NAME_MAX));
  return list.length > most ? `${named.join(', ')} and ${list.length - most} more` : named.join(', ');
}

const TYPES: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list, [ … ]',
  object: 'an object, { … }',
  record: 'an object, { … }',
  null: 'null',
};

function sizeWords(what: 'at most' | 'at least', origin: string, bound: number | bigint): string {
  if (origin === 'string')
    return what === 'at least' && bound <= 1 ? 'is empty' : `has to have ${what} ${bound} characters`;
  if (origin === 'array' || origin === 'set') return `has to have ${what} ${bound} entries`;
  return `has to be ${what} ${bound}`;
}

/** For `safeParse(…, { error: plainFault })`: what a shape says itself of its fault goes first. */
export function plainFault(issue: RawIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return issue.input === undefined ? 'is missing' : `has to be ${TYPES[issue.expected] ?? issue.expected}`;
    case 'unrecognized_keys': {
      const one = issue.keys.length === 1;
      return `has ${one ? 'a field that is' : 'fields that are'} not known here: ${some(issue.keys, 3)}`;
    }
    case 'invalid_value':
      return issue.values.length === 1
        ? `has to be ${JSON.stringify(issue.values[0])}`
        : `has to be one of ${some(issue.values, CHOICES_MAX)}`;
    case 'too_big':
      return sizeWords('at most', issue.origin, issue.maximum);
    case 'too_small':
      return sizeWords('at least', issue.origin, issue.minimum);
    case 'invalid_key':
      return 'is no name of a field';
    default:
      return 'is not written as it has to be here';
  }
}

/** `devices[2].address`; '' is the whole file. */
export function placeInFile(path: readonly PropertyKey[]): string {
  const text = path
    .map((part) => (typeof part === 'number' ? `[${part}]` : `.${clip(String(part), NAME_MAX)}`))
    .join('');
  return text.replace(/^\./, '');
}

/** `networks[1]: has to be a text`. `whole`: what the file itself is called. */
export function faultAt({ path, message }: Pick<Issue, 'path' | 'message'>, whole: string): string {
  return `${placeInFile(path) || whole}: ${clip(message, FAULT_MAX)}`;
}

/** The first `most` faults, and how many more there are. */
export function faultsInWords(issues: readonly Issue[], most: number, whole = 'the file'): string {
  const named = issues.slice(0, most).map((issue) => faultAt(issue, whole));
  return [...named, ...(issues.length > most ? [`and ${issues.length - most} more`] : [])].join('; ');
}

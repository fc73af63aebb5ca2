/** Errors to messages and exit codes (docs/cli.md). */
import { SondeError, type ErrorCode } from '../../../src-shared/errors.ts';
import { InputError } from '../../meter/packets/errors.ts';
import { printable } from './words.ts';
import { logBug } from '../api/bugs.ts';

export const EXIT = { DONE: 0, BUG: 1, USAGE: 2, UNREADABLE: 3, PARTIAL: 4, FOUND: 5 } as const;
export const ERROR_EXIT = EXIT.BUG;

const EXIT_CODES: Readonly<Record<ErrorCode, number>> = {
  usage: EXIT.USAGE,
  'not-in-this-version': EXIT.USAGE,
  'not-found': EXIT.UNREADABLE,
  'not-permitted': EXIT.UNREADABLE,
  'is-a-directory': EXIT.UNREADABLE,
  'empty-file': EXIT.UNREADABLE,
  'not-a-capture': EXIT.UNREADABLE,
  'damaged-capture': EXIT.UNREADABLE,
  'read-failed': EXIT.UNREADABLE,
  'damaged-model': EXIT.UNREADABLE,
  'damaged-case': EXIT.UNREADABLE,
  'wrong-version': EXIT.UNREADABLE,
  'not-a-database': EXIT.UNREADABLE,
  'unknown-format': EXIT.UNREADABLE,
  'too-little-data': EXIT.UNREADABLE,
  'disk-full': EXIT.PARTIAL,
  'write-failed': EXIT.PARTIAL,
  'database-busy': EXIT.PARTIAL,
  'bad-request': EXIT.USAGE,
  'bad-filter': EXIT.USAGE,
  'not-allowed': EXIT.USAGE,
  'not-signed-in': EXIT.USAGE,
  'too-many': EXIT.PARTIAL,
  cancelled: EXIT.PARTIAL,
  'connection-lost': EXIT.PARTIAL,
  'worker-lost': EXIT.PARTIAL,
  'address-in-use': EXIT.USAGE,
  internal: EXIT.BUG,
};

export function say(message: string): void {
  const lines = message.split('\n').map(printable);
  process.stderr.write(`sonde: ${lines.join('\n')}\n`);
}

function reportBug(error: unknown): number {
  const { id, where } = logBug(error);
  const first = error instanceof Error ? error.message : String(error);
  say(`an error of ours (${id}): ${first}. Details are in ${where}; please report them.`);
  return EXIT.BUG;
}

/** Prints what is wrong and returns the exit code for it. */
export function reportError(error: unknown): number {
  if (error instanceof InputError) {
    say(error.message);
    return EXIT.UNREADABLE;
  }
  if (!(error instanceof SondeError)) return reportBug(error);
  // A message may end with lines that show the place.
  const between = /\n\s*$/.test(error.message) ? '' : error.cure === '' || error.message.endsWith('.') ? ' ' : '. ';
  say(`${error.message}${between}${error.cure}`.trimEnd());
  return EXIT_CODES[error.code];
}

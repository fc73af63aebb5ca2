/** Errors of reading a capture in the program's one form. */
import { SondeError, type ErrorCode } from '../../../src-shared/errors.ts';
import { InputError, type InputErrorCode } from '../../meter/packets/errors.ts';

const CODES: Readonly<Record<InputErrorCode, ErrorCode>> = {
  'not-found': 'not-found',
  directory: 'is-a-directory',
  permission: 'not-permitted',
  'empty-file': 'empty-file',
  'not-a-capture': 'not-a-capture',
  'unsupported-version': 'wrong-version',
  unreadable: 'read-failed',
};

/** A SondeError for an InputError (whose message says what to do); anything else as it is. */
export function inputErrorAsOurs(error: unknown): unknown {
  if (!(error instanceof InputError)) return error;
  const [what, ...cure] = error.message.split(/(?<=[.?;]) (?=[A-Z])/);
  const said = (what ?? error.message).replace(/[.;]$/, '');
  return new SondeError(CODES[error.code], said, error.path, cure.join(' '), { cause: error });
}

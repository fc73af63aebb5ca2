/** Errors across threads. */
import { TextError } from '../../../src-shared/contract/wire.ts';
import { SondeError } from '../../../src-shared/errors.ts';
import type { Failure } from './protocol.ts';

/** What is left of an error when it is a message. `where` for errors that know none. */
export function failureOf(error: unknown, where: string): Failure {
  if (error instanceof SondeError) {
    const at = error instanceof TextError ? { at: error.at } : {};
    return {
      message: error.message,
      stack: error.stack ?? '',
      code: error.code,
      where: error.where,
      cure: error.cure,
      ...at,
    };
  }
  const known = error instanceof Error ? error : new Error(String(error));
  return { message: known.message, stack: known.stack ?? '', code: '', where, cure: '' };
}

export function errorOf(failure: Failure): Error {
  const { code, message, where, cure, at } = failure;
  if (code !== '')
    return at ? new TextError(code, message, where, cure, at) : new SondeError(code, message, where, cure);
  const error = new Error(message);
  error.stack = failure.stack;
  return error;
}

/** What goes wrong with a card, in the words and codes of the program. */
import { SondeError, type ErrorCode } from '../../../../src-shared/errors.ts';
import { CaptureError, type CaptureErrorCode } from '../../../meter/capture/types.ts';
import { inputErrorAsOurs } from '../../pipeline/input-error.ts';

const CODES: Readonly<Record<CaptureErrorCode, ErrorCode>> = {
  'bad-option': 'bad-request',
  'bad-filter': 'bad-filter',
  'no-permission': 'not-permitted',
  'no-engine': 'not-permitted',
  'helper-refused': 'not-permitted',
  'helper-version': 'wrong-version',
  'no-interface': 'not-found',
  'interface-down': 'read-failed',
  'interface-gone': 'read-failed',
  'helper-lost': 'worker-lost',
  'capture-failed': 'read-failed',
};

/** `where`: the card or file it is about. */
export function liveErrorAsOurs(error: unknown, where: string): unknown {
  if (error instanceof CaptureError) {
    return new SondeError(CODES[error.code], error.message, where, error.cure, { cause: error });
  }
  return inputErrorAsOurs(error);
}

/** The closed list of error codes, and the error everybody throws when the cause is not a bug of ours. */

export const ERROR_CODES = [
  // The caller's mistake: exit code 2.
  'usage',
  'not-in-this-version',
  // Nothing to read: exit code 3.
  'not-found',
  'not-permitted',
  'is-a-directory',
  'empty-file',
  'not-a-capture',
  'damaged-capture',
  'read-failed',
  'damaged-model',
  'damaged-case',
  'wrong-version',
  'not-a-database',
  'unknown-format',
  'too-little-data',
  // The result could not be kept: exit code 4.
  'disk-full',
  'write-failed',
  'database-busy',
  // Of a request to a running program; those that reach a shell are the caller's mistakes or ours.
  'bad-request',
  'bad-filter',
  'not-allowed',
  'not-signed-in',
  'too-many',
  'cancelled',
  'connection-lost',
  'worker-lost',
  'address-in-use',
  'internal',
] as const;

export type ErrorCode = (typeof ERROR_CODES)[number];

/** Says what happened, where, and what to do about it. */
export class SondeError extends Error {
  readonly code: ErrorCode;
  /** The file, option or address it is about. */
  readonly where: string;
  /** What the reader of the message can do. */
  readonly cure: string;

  constructor(code: ErrorCode, what: string, where: string, cure: string, options?: ErrorOptions) {
    super(what, options);
    this.name = 'SondeError';
    this.code = code;
    this.where = where;
    this.cure = cure;
  }
}

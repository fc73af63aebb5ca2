/** Why an input could not be read at all. Every one of these means exit code 3 when no other input was readable. */
export type InputErrorCode =
  'not-found' | 'directory' | 'permission' | 'empty-file' | 'not-a-capture' | 'unsupported-version' | 'unreadable';

/** An input that cannot be read. The message says what, where and what to do. */
export class InputError extends Error {
  readonly code: InputErrorCode;
  readonly path: string;

  constructor(code: InputErrorCode, path: string, message: string, cause?: unknown) {
    super(message, cause === undefined ? {} : { cause });
    this.name = 'InputError';
    this.code = code;
    this.path = path;
  }
}

/** How an input is called in messages. */
export function inputName(path: string): string {
  return path === '-' ? 'standard input' : path;
}

function errnoOf(error: unknown): string {
  if (typeof error !== 'object' || error === null || !('code' in error)) return '';
  return typeof error.code === 'string' ? error.code : '';
}

/** The InputError for what `open` or the first `read` threw. */
export function fromSystemError(path: string, error: unknown): InputError {
  const name = inputName(path);
  const make = (code: InputErrorCode, text: string): InputError => new InputError(code, path, text, error);
  switch (errnoOf(error)) {
    case 'ENOENT':
    case 'ENOTDIR':
      return make('not-found', `${name}: no such file. Check the path.`);
    case 'EISDIR':
      return directoryError(path, error);
    case 'EACCES':
    case 'EPERM':
      return make('permission', `${name}: no permission to read it. Ask its owner, or copy it to where you may read.`);
    default: {
      const reason = error instanceof Error ? error.message : String(error);
      return make(
        'unreadable',
        `${name}: cannot be read (${reason}). Check the disk or the connection, then try again.`,
      );
    }
  }
}

export function directoryError(path: string, cause?: unknown): InputError {
  const text = `${path}: is a directory. Name the capture files in it.`;
  return new InputError('directory', path, text, cause);
}

export function emptyFileError(path: string): InputError {
  const text = `${inputName(path)}: is empty (0 bytes). Was the capture stopped before its first packet was written?`;
  return new InputError('empty-file', path, text);
}

/** `looksLike` completes "it looks like …". */
export function notACaptureError(path: string, looksLike: string): InputError {
  const text = `${inputName(path)}: not a packet capture; it looks like ${looksLike}. Give a pcap or pcapng file, plain or compressed with gzip or zstd.`;
  return new InputError('not-a-capture', path, text);
}

export function unsupportedVersionError(path: string, what: string): InputError {
  const text = `${inputName(path)}: ${what} cannot be read. Convert it with a current Wireshark: editcap -F pcapng IN OUT.`;
  return new InputError('unsupported-version', path, text);
}

export function damagedError(path: string, what: string): InputError {
  const text = `${inputName(path)}: damaged from its first bytes (${what}). Get the file again from where it was captured.`;
  return new InputError('unreadable', path, text);
}

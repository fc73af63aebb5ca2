/** A list's text as it comes: unpacked, decoded, in blocks of whole lines, bounded. */
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { formatBytes } from '../../../../src-shared/domain/amounts.ts';
import { SondeError } from '../../../../src-shared/errors.ts';

/** Longest line, characters. */
export const LINE_MAX = 65_536;
/** Stands for a line that is longer. */
export const OVERLONG = '\0';
const READ_BYTES = 256 * 1024;

function unreadable(path: string, error: unknown): SondeError {
  if (error instanceof SondeError) return error;
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'ENOENT') return new SondeError('not-found', `${path}: no such file`, path, 'Check the name.');
  if (code === 'EACCES' || code === 'EPERM') {
    return new SondeError('not-permitted', `${path} may not be read`, path, 'Check its permissions.');
  }
  if (code === 'EISDIR') {
    return new SondeError('is-a-directory', `${path} is a folder`, path, 'Name the lists in it.');
  }
  const said = error instanceof Error ? error.message : String(error);
  return new SondeError('read-failed', `${path} cannot be read: ${said}`, path, 'Check the file.');
}

async function firstBytes(path: string): Promise<Buffer> {
  const file = await open(path);
  try {
    const head = Buffer.alloc(4);
    const { bytesRead } = await file.read(head, 0, 4, 0);
    return head.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

/** The file's text, piece by piece. @throws SondeError where it cannot be read, is larger than that, or no text */
export async function* textOf(path: string, most: number): AsyncGenerator<string> {
  try {
    const head = await firstBytes(path);
    if (head.length === 0) throw new SondeError('empty-file', `${path} is empty`, path, 'Check the file.');
    if (head[0] === 0x50 && head[1] === 0x4b) {
      throw new SondeError('unknown-format', `${path}: a ZIP archive`, path, 'Unpack it, and name what is in it.');
    }
    const raw = createReadStream(path, { highWaterMark: READ_BYTES });
    const isPacked = head[0] === 0x1f && head[1] === 0x8b;
    const gunzip = isPacked ? createGunzip({ chunkSize: READ_BYTES }) : undefined;
    // Errors of the file reach who reads what is unpacked.
    if (gunzip) raw.on('error', (error) => gunzip.destroy(error)).pipe(gunzip);
    yield* decoded(path, gunzip ?? raw, most);
  } catch (error) {
    throw unreadable(path, error);
  }
}

async function* decoded(path: string, bytes: Readable, most: number): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8');
  let size = 0;
  try {
    for await (const chunk of bytes) {
      const piece = chunk as Buffer;
      if (size === 0 && piece.subarray(0, 4096).includes(0)) {
        throw new SondeError('unknown-format', `${path}: no text, so no list of indicators`, path, 'Check the file.');
      }
      size += piece.length;
      if (size > most) {
        const what = `${path}: more than ${formatBytes(most)} of text`;
        throw new SondeError('read-failed', what, path, 'Divide it, or leave out what is old.');
      }
      yield decoder.decode(piece, { stream: true });
    }
  } finally {
    bytes.destroy();
  }
}

/** Lines of a text that comes in pieces; what is longer than `LINE_MAX` is `OVERLONG`. */
export class LineCutter {
  private rest = '';
  private dropping = false;

  /** The lines that end in `piece`. */
  add(piece: string): string[] {
    const lines = (this.rest + piece).split('\n');
    this.rest = lines.pop() ?? '';
    if (this.dropping && lines.length > 0) {
      lines[0] = OVERLONG;
      this.dropping = false;
    }
    if (this.rest.length > LINE_MAX) {
      this.dropping = true;
      this.rest = '';
    }
    return lines.map((line) => (line.length > LINE_MAX ? OVERLONG : line));
  }

  /** What follows the last line's end. */
  end(): string[] {
    if (this.dropping) return [OVERLONG];
    return this.rest === '' ? [] : [this.rest];
  }
}

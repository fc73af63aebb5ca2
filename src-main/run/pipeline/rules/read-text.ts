/** Files of rules of any kind: a pipe, a device or a file without end must not hold up the program, whenever it takes their place. */
import { constants } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { SondeError } from '../../../../src-shared/errors.ts';

const PIECE = 1 << 20;

/** Why a file or folder of rules cannot be read. */
export function unread(error: unknown, path: string): SondeError {
  if (error instanceof SondeError) return error;
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'ENOENT') return new SondeError('not-found', `${path}: no such file or folder`, path, 'Check the name.');
  const said = error instanceof Error ? error.message : String(error);
  const cure = 'Check the file and its permissions.';
  return new SondeError('read-failed', `${path} cannot be read: ${said}`, path, cure);
}

const tooLarge = (path: string): SondeError =>
  new SondeError('read-failed', `${path} is larger than a file of rules may be`, path, 'Divide it.');

/** What it says of its size is not believed: it may be written just now. */
async function allOf(handle: FileHandle, path: string, most: number): Promise<string> {
  const pieces: Buffer[] = [];
  const piece = Buffer.alloc(PIECE);
  for (let length = 0; ;) {
    const { bytesRead } = await handle.read(piece, 0, PIECE, null);
    if (bytesRead === 0) return Buffer.concat(pieces).toString('utf8');
    length += bytesRead;
    if (length > most) throw tooLarge(path);
    pieces.push(Buffer.from(piece.subarray(0, bytesRead)));
  }
}

/** A regular file of at most `most` bytes. @throws SondeError `not-found`, `read-failed` */
export async function readText(path: string, most: number): Promise<string> {
  try {
    // Windows has no such flag; opening never waits there.
    const handle = await open(path, constants.O_RDONLY | ((constants.O_NONBLOCK as number | undefined) ?? 0));
    try {
      const stats = await handle.stat();
      if (!stats.isFile()) {
        const cure = 'Write what it gives into a file, and name that.';
        throw new SondeError('read-failed', `${path} is not a regular file`, path, cure);
      }
      if (stats.size > most) throw tooLarge(path);
      return await allOf(handle, path, most);
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw unread(error, path);
  }
}

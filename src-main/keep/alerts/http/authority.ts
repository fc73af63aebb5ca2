/** The file of an authority of one's own, by whose signature certificates of servers are trusted. */
import { constants } from 'node:fs';
import { open, stat, type FileHandle } from 'node:fs/promises';
import { isAbsolute } from 'node:path';
import { DeliveryError } from '../types.ts';

const FILE_MAX = 1024 * 1024;
/** A pipe that took the place of a file is opened at once, not when somebody writes into it. Windows has no such flag. */
const AT_ONCE = constants.O_RDONLY | ((constants as Partial<typeof constants>).O_NONBLOCK ?? 0);

/** All of it, whatever length it claims: files of /proc claim none. @throws RangeError where it is too long */
async function whole(file: FileHandle, signal: AbortSignal): Promise<string> {
  const room = Buffer.alloc(FILE_MAX + 1);
  let length = 0;
  while (length < room.length) {
    signal.throwIfAborted();
    const { bytesRead } = await file.read(room, length, room.length - length);
    if (bytesRead === 0) return room.toString('utf8', 0, length);
    length += bytesRead;
  }
  throw new RangeError('it is longer than 1 MiB');
}

/** Text of a regular file. Pipes and devices may never end, or never begin. */
async function textOf(path: string, signal: AbortSignal): Promise<string> {
  const none = (): TypeError => new TypeError('it is no regular file');
  // Before it is opened as well: opening a device may do something to it.
  if (!(await stat(path)).isFile()) throw none();
  const file = await open(path, AT_ONCE);
  try {
    if (!(await file.stat()).isFile()) throw none();
    return await whole(file, signal);
  } finally {
    await file.close();
  }
}

/** PEM of the file, a regular one of at most 1 MiB; undefined where none is named. @throws DeliveryError */
export async function authorityOf(path: string, signal: AbortSignal): Promise<string | undefined> {
  if (path === '') return undefined;
  const wrong = (why: string, cause?: unknown): DeliveryError =>
    new DeliveryError(`the certificate authority's file ${path} ${why}`, false, undefined, { cause });
  if (!isAbsolute(path)) throw wrong('must be named by its full path');
  let text: string;
  try {
    text = await textOf(path, signal);
  } catch (error) {
    const ours = error instanceof RangeError || error instanceof TypeError;
    throw wrong(ours ? `cannot be read: ${error.message}` : 'cannot be read', error);
  }
  if (!text.includes('-----BEGIN CERTIFICATE-----')) throw wrong('holds no certificate in PEM form');
  return text;
}

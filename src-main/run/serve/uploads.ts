/** Files in and out over HTTP, streamed. */
import { createReadStream, createWriteStream } from 'node:fs';
import { statfs } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { SondeError } from '../../../src-shared/errors.ts';
import type { FileShelf } from '../api/files.ts';

function uploadError(error: unknown, name: string): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : '';
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new SondeError(
      'disk-full',
      `${name}: the disk of the server is full`,
      name,
      'Free some space there, then send it again.',
      { cause: error },
    );
  }
  if (code === 'ERR_STREAM_PREMATURE_CLOSE' || code === 'ECONNRESET') {
    return new SondeError('cancelled', `${name}: the upload was cut off`, name, 'Send it again.', { cause: error });
  }
  return error;
}

/** What uploads leave free of the disk, so that what was found and who did what can still be written down, bytes. */
const RESERVE = 256 * 1024 * 1024;
/** But of a small disk no more than this share. */
const RESERVE_SHARE = 0.02;
/** Bytes between two looks at what is free. */
const LOOK = 16 * 1024 * 1024;

/** @throws SondeError `disk-full` */
async function mustHaveRoom(folder: string, bytes: number, name: string): Promise<void> {
  const { bavail, blocks, bsize } = await statfs(folder);
  if (bavail * bsize - bytes >= Math.min(RESERVE, blocks * bsize * RESERVE_SHARE)) return;
  throw new SondeError(
    'disk-full',
    `${name}: the disk of the server is full, but for what Sonde needs itself`,
    name,
    'Free some space there, then send it again.',
  );
}

/** Takes the body of a request as a file. Nothing of it is left where it fails. @throws SondeError */
export async function receive(
  request: IncomingMessage,
  shelf: FileShelf,
  name: string,
): Promise<{ id: string; bytes: number }> {
  const held = shelf.place(name);
  try {
    await mustHaveRoom(shelf.folder, Number(request.headers['content-length'] ?? 0) || 0, held.name);
    const checked = async function* (body: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
      let since = 0;
      for await (const part of body) {
        since += part.length;
        if (since >= LOOK) {
          await mustHaveRoom(shelf.folder, 0, held.name);
          since = 0;
        }
        yield part;
      }
    };
    await pipeline(request, checked, createWriteStream(held.path, { flags: 'wx', mode: 0o600 }));
    return { id: held.id, bytes: shelf.get(held.id).bytes };
  } catch (error) {
    shelf.remove(held.id);
    throw uploadError(error, held.name);
  }
}

/** Sends a file once, then removes it. @throws SondeError `not-found` */
export async function deliver(response: ServerResponse, shelf: FileShelf, id: string): Promise<void> {
  const { path, name, bytes } = shelf.claim(id);
  response.writeHead(200, {
    'Content-Type': 'application/octet-stream',
    'Content-Length': bytes,
    'Content-Disposition': `attachment; filename="${name.replace(/[^\x20-\x7e]|["\\]/g, '_')}"; filename*=UTF-8''${encodeURIComponent(name)}`,
    'Cache-Control': 'no-store',
  });
  try {
    await pipeline(createReadStream(path), response);
  } catch {
    response.destroy();
  } finally {
    shelf.removePath(path);
  }
}

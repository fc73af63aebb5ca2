/** Bytes of a file, a pipe or standard input, in order, as they are on disk. */
import { open, type FileHandle } from 'node:fs/promises';
import { read as readFd } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { directoryError, fromSystemError } from '../errors.ts';

/** What a reader of formats needs to know of the bytes beneath it. */
export interface ByteSource {
  /**
   * Fills `into` from `at` with up to `length` bytes; fewer only at the end of the source.
   *
   * @throws what the operating system threw; what was read before is lost to the caller of this call only.
   */
  read(into: Uint8Array, at: number, length: number): Promise<number>;
  close(): Promise<void>;
}

const RETRY_MS = 5;

/** Bytes read for recognising the content, kept for the first reads. */
export const HEAD_BYTES = 64 * 1024;

function readDescriptor(fd: number, into: Uint8Array, at: number, length: number): Promise<number> {
  return new Promise((resolve, reject) => {
    readFd(fd, into, at, length, null, (error, bytes) => {
      if (error) reject(error);
      else resolve(bytes);
    });
  });
}

function codeOf(error: unknown): unknown {
  return typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
}

/** A pipe that was made non-blocking has nothing to give at times; on Windows its end is an error. */
async function readPatiently(fd: number, into: Uint8Array, at: number, length: number): Promise<number> {
  for (;;) {
    try {
      return await readDescriptor(fd, into, at, length);
    } catch (error) {
      if (codeOf(error) === 'EOF') return 0;
      if (codeOf(error) !== 'EAGAIN') throw error;
      await sleep(RETRY_MS);
    }
  }
}

export class RawSource implements ByteSource {
  readonly path: string;
  /** Bytes on disk, NaN where that cannot be known. */
  readonly total: number;
  /** Bytes read so far. */
  consumed = 0;
  /** The first bytes, up to HEAD_BYTES. */
  head = new Uint8Array(0);
  private headGiven = 0;
  private ended = false;
  private readonly handle: FileHandle | null;

  private constructor(path: string, handle: FileHandle | null, total: number) {
    this.path = path;
    this.handle = handle;
    this.total = total;
  }

  /**
   * Opens `path` ('-' for standard input) and reads its head.
   *
   * @throws InputError not-found, directory, permission or unreadable
   */
  static async open(path: string): Promise<RawSource> {
    const source = await RawSource.openHandle(path);
    try {
      const head = new Uint8Array(HEAD_BYTES);
      source.head = head.subarray(0, await source.readFully(head, 0, HEAD_BYTES));
      return source;
    } catch (error) {
      await source.close();
      throw fromSystemError(path, error);
    }
  }

  private static async openHandle(path: string): Promise<RawSource> {
    if (path === '-') return new RawSource(path, null, NaN);
    let handle: FileHandle | undefined;
    try {
      handle = await open(path, 'r');
      const stat = await handle.stat();
      if (stat.isDirectory()) throw directoryError(path);
      return new RawSource(path, handle, stat.isFile() ? stat.size : NaN);
    } catch (error) {
      await handle?.close();
      throw error instanceof Error && error.name === 'InputError' ? error : fromSystemError(path, error);
    }
  }

  async read(into: Uint8Array, at: number, length: number): Promise<number> {
    const fromHead = Math.min(length, this.head.length - this.headGiven);
    into.set(this.head.subarray(this.headGiven, this.headGiven + fromHead), at);
    this.headGiven += fromHead;
    const rest = length - fromHead;
    return fromHead + (rest > 0 ? await this.readFully(into, at + fromHead, rest) : 0);
  }

  private async readFully(into: Uint8Array, at: number, length: number): Promise<number> {
    let done = 0;
    while (done < length && !this.ended) {
      const bytes = await this.readOnce(into, at + done, length - done);
      if (bytes === 0) this.ended = true;
      done += bytes;
      this.consumed += bytes;
    }
    return done;
  }

  private async readOnce(into: Uint8Array, at: number, length: number): Promise<number> {
    if (!this.handle) return readPatiently(0, into, at, length);
    return (await this.handle.read(into, at, length, null)).bytesRead;
  }

  async close(): Promise<void> {
    this.ended = true;
    await this.handle?.close();
  }
}

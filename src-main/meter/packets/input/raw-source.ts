/** Bytes of a file, a pipe or standard input, in order, as they are on disk. */
import { close, fstat, open, read, type Stats } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { isatty } from 'node:tty';
import { promisify } from 'node:util';
import { directoryError, fromSystemError } from '../errors.ts';
import { StreamBytes } from './stream-bytes.ts';

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

const openDescriptor: (path: string, flags: string) => Promise<number> = promisify(open);
const statOf: (fd: number) => Promise<Stats> = promisify(fstat);
const closeDescriptor: (fd: number) => Promise<void> = promisify(close);

function readDescriptor(fd: number, into: Uint8Array, at: number, length: number): Promise<number> {
  return new Promise((resolve, reject) => {
    read(fd, into, at, length, null, (error, bytes) => {
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

/** Where bytes come from, one call at a time. */
interface Bytes {
  read(into: Uint8Array, at: number, length: number): Promise<number>;
  close(): Promise<void> | void;
}

const STDIN = 0;

/** Pipes and terminals may give nothing for long: those are not waited for in a thread. */
function bytesOf(fd: number, stat: Stats): Bytes {
  const shared = fd === STDIN;
  const terminal = isatty(fd);
  if (stat.isFIFO() || stat.isSocket() || terminal) return new StreamBytes(fd, { terminal, shared });
  return {
    read: (into, at, length) => readPatiently(fd, into, at, length),
    close: () => (shared ? undefined : closeDescriptor(fd)),
  };
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
  private closed = false;
  private readonly bytes: Bytes;

  private constructor(path: string, bytes: Bytes, total: number) {
    this.path = path;
    this.bytes = bytes;
    this.total = total;
  }

  /**
   * Opens `path` ('-' for standard input) and reads its head.
   *
   * @throws InputError not-found, directory, permission or unreadable
   */
  static async open(path: string): Promise<RawSource> {
    const source = await RawSource.openBytes(path);
    try {
      const head = new Uint8Array(HEAD_BYTES);
      source.head = head.subarray(0, await source.readFully(head, 0, HEAD_BYTES));
      return source;
    } catch (error) {
      await source.close();
      throw fromSystemError(path, error);
    }
  }

  private static async openBytes(path: string): Promise<RawSource> {
    let fd: number | undefined;
    try {
      fd = path === '-' ? STDIN : await openDescriptor(path, 'r');
      const stat = await statOf(fd);
      if (stat.isDirectory()) throw directoryError(path);
      return new RawSource(path, bytesOf(fd, stat), path !== '-' && stat.isFile() ? stat.size : NaN);
    } catch (error) {
      if (fd !== undefined && fd !== STDIN) await closeDescriptor(fd).catch(() => undefined);
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
      const bytes = await this.bytes.read(into, at + done, length - done);
      if (bytes === 0) this.ended = true;
      done += bytes;
      this.consumed += bytes;
    }
    return done;
  }

  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    this.ended = true;
    await this.bytes.close();
  }
}

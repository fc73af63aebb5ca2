/**
 * Bytes of a pipe or a terminal as they come. No thread waits for them in a read: such a thread cannot be stopped, and
 * would keep the process from ending while the pipe gives nothing.
 */
import { Socket } from 'node:net';
import type { Readable } from 'node:stream';
import { ReadStream } from 'node:tty';

/** What may wait to be taken, bytes: a few times what a pipe holds. */
const AHEAD = 256 * 1024;
const NOTHING = Buffer.alloc(0);

export class StreamBytes {
  private readonly stream: Readable & { unref(): unknown };
  /** Of another program's making: it is left open. */
  private readonly shared: boolean;
  private rest: Buffer = NOTHING;
  private error: Error | null = null;
  private over = false;
  private wake: () => void = () => undefined;

  /** `fd` becomes this object's own unless it is `shared`. */
  constructor(fd: number, { terminal, shared }: { terminal: boolean; shared: boolean }) {
    this.shared = shared;
    const options = { fd, readable: true, writable: false, readableHighWaterMark: AHEAD };
    this.stream = terminal ? new ReadStream(fd) : new Socket(options);
    const told = (): void => this.wake();
    const ended = (): void => {
      this.over = true;
      told();
    };
    this.stream.on('readable', told).on('end', ended).on('close', ended);
    this.stream.on('error', (error: Error) => {
      this.error = error;
      ended();
    });
  }

  /** Up to `length` bytes, at least one; 0 at the end. One call at a time. @throws what the operating system said */
  async read(into: Uint8Array, at: number, length: number): Promise<number> {
    while (this.rest.length === 0) {
      const come = this.stream.read() as Buffer | null;
      if (come) {
        this.rest = come;
        break;
      }
      if (this.error) throw this.error;
      if (this.over) return 0;
      await new Promise<void>((resolve) => (this.wake = resolve));
    }
    const bytes = Math.min(length, this.rest.length);
    into.set(this.rest.subarray(0, bytes), at);
    this.rest = this.rest.subarray(bytes);
    return bytes;
  }

  /** A read that waits ends as at the end of the input. */
  close(): void {
    this.over = true;
    if (this.shared) this.stream.pause().unref();
    else this.stream.destroy();
    this.wake();
  }
}

/** Bytes of a gzip file, so many at a time; never more in memory than were asked for and one chunk. */
import { createReadStream } from 'node:fs';
import { createGunzip } from 'node:zlib';

/** The file ended, or what was read is no gzip. */
export class Broken extends Error {}

export class GzipBytes {
  private readonly file: ReturnType<typeof createReadStream>;
  private readonly unpacked = createGunzip();
  private readonly chunks: AsyncIterator<Buffer>;
  private left: Buffer = Buffer.alloc(0);

  constructor(path: string) {
    this.file = createReadStream(path);
    this.file.on('error', (error) => this.unpacked.destroy(error));
    this.file.pipe(this.unpacked);
    this.chunks = (this.unpacked as AsyncIterable<Buffer>)[Symbol.asyncIterator]();
  }

  /** Hands on exactly `count` bytes, chunk by chunk. @throws Broken */
  async copy(count: number, sink: (chunk: Buffer) => Promise<void> | void): Promise<void> {
    for (let open = count; open > 0;) {
      if (this.left.length === 0 && !(await this.more())) throw new Broken('it ends too early');
      const chunk = this.left.subarray(0, open);
      this.left = this.left.subarray(chunk.length);
      open -= chunk.length;
      await sink(chunk);
    }
  }

  /** @throws Broken */
  async take(count: number): Promise<Buffer> {
    const parts: Buffer[] = [];
    await this.copy(count, (chunk) => void parts.push(Buffer.from(chunk)));
    return Buffer.concat(parts);
  }

  /** Whether nothing follows. @throws Broken */
  async isAtEnd(): Promise<boolean> {
    return this.left.length === 0 && !(await this.more());
  }

  close(): void {
    this.file.destroy();
    this.unpacked.destroy();
  }

  private async more(): Promise<boolean> {
    try {
      const next = await this.chunks.next();
      if (next.done === true) return false;
      this.left = next.value;
      return true;
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? String(error.code) : '';
      if (!code.startsWith('Z_')) throw error;
      throw new Broken(code === 'Z_BUF_ERROR' ? 'it ends too early' : 'it is not packed as a case is');
    }
  }
}

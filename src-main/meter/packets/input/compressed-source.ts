/**
 * gzip (RFC 1952, several members) and zstd (RFC 8878, several frames) as they come, decompressed on the thread
 * pool. Members and frames are told apart here, because the library's own ways lose what it had unpacked when
 * something else follows. Back-pressure bounds what a small input can blow up to: one piece of output waits at most.
 */
import { crc32, createInflateRaw, createZstdDecompress, type InflateRaw, type ZstdDecompress } from 'node:zlib';
import { GzipHeader, GzipTrailer } from './gzip-framing.ts';
import type { Hasher } from './hash.ts';
import type { ByteSource } from './raw-source.ts';

export type Compression = 'gzip' | 'zstd';

const RAW_BYTES = 256 * 1024;
/** What is lost of good data before damage, at most: the library gives nothing of the step that fails. */
const OUT_BYTES = 64 * 1024;

/** What the first bytes are compressed with, or null. zstd may begin with a skippable frame. */
export function compressionOf(head: Uint8Array): Compression | null {
  if (head.length < 4) return null;
  if (head[0] === 0x1f && head[1] === 0x8b && head[2] === 8) return 'gzip';
  const word = new DataView(head.buffer, head.byteOffset, 4).getUint32(0, true);
  return word === 0xfd2fb528 || (word & 0xfffffff0) >>> 0 === 0x184d2a50 ? 'zstd' : null;
}

/** Members or frames in a row that hold nothing: no program writes so many, and each costs a decompressor. */
const EMPTY_MAX = 1000;

/** The data of one member or frame, being unpacked. */
class Frame {
  error: Error | null = null;
  /** All of its bytes were given to the reader. */
  ended = false;
  readonly stream: InflateRaw | ZstdDecompress;

  constructor(compression: Compression, changed: () => void) {
    // A mark of one byte: the next step is taken only when the reader has what the last one gave.
    const options = { chunkSize: OUT_BYTES, readableHighWaterMark: 1 };
    this.stream = compression === 'gzip' ? createInflateRaw(options) : createZstdDecompress(options);
    this.stream.on('readable', changed);
    const end = (): void => {
      this.ended = true;
      changed();
    };
    this.stream.on('end', end);
    this.stream.on('close', end);
    this.stream.on('error', (error) => {
      this.error = error;
      end();
    });
  }
}

export class CompressedSource implements ByteSource {
  /** Why decompressing ended before the end of the data, if it did. */
  damage: Error | null = null;
  private readonly raw: ByteSource;
  private readonly compression: Compression;
  private readonly hasher: Hasher | null;
  private frame: Frame | null = null;
  private header = new GzipHeader();
  private trailer: GzipTrailer | null = null;
  private checksum = 0;
  private piece: Uint8Array = new Uint8Array(0);
  private given = 0;
  /** Frames that ended since something was unpacked. */
  private empty = 0;
  /** No more will be unpacked. */
  private ended = false;
  private waiting: (() => void)[] = [];
  private readonly feeding: Promise<void>;

  /** `hasher` gets the bytes of `raw`. */
  constructor(raw: ByteSource, compression: Compression, hasher: Hasher | null) {
    this.raw = raw;
    this.compression = compression;
    this.hasher = hasher;
    this.feeding = this.feed();
  }

  private readonly changed = (): void => {
    for (const resume of this.waiting.splice(0)) resume();
  };

  private change(): Promise<void> {
    return new Promise((resolve) => {
      this.waiting.push(resolve);
    });
  }

  /** Hands the raw bytes to the decompressor; after the end or damage the rest is read for the hash only. */
  private async feed(): Promise<void> {
    try {
      for (;;) {
        const piece = new Uint8Array(RAW_BYTES);
        const bytes = await this.raw.read(piece, 0, RAW_BYTES);
        if (bytes === 0) break;
        const input = piece.subarray(0, bytes);
        this.hasher?.update(input, () => undefined);
        await this.hasher?.room();
        if (!this.ended) await this.unpack(input);
      }
      if (!this.ended) await this.endOfInput();
    } catch (error) {
      this.damage ??= error instanceof Error ? error : new Error(String(error));
    }
    this.end();
  }

  private end(): void {
    this.ended = true;
    this.changed();
  }

  private async unpack(input: Uint8Array): Promise<void> {
    let rest = input;
    while (rest.length > 0 && !this.ended) {
      if (this.trailer) rest = this.takeTrailer(this.trailer, rest);
      else if (this.frame) rest = await this.takeData(this.frame, rest);
      else rest = this.takeStart(rest);
    }
  }

  /** Between frames: the next one's header, or bytes that are none and end the data. */
  private takeStart(rest: Uint8Array): Uint8Array {
    const used = this.compression === 'gzip' ? this.header.take(rest) : 0;
    if (this.compression === 'gzip' && !this.header.isGzip) this.end();
    else if (this.compression === 'zstd' && rest.length >= 4 && compressionOf(rest) !== 'zstd') this.end();
    else if (this.compression === 'zstd' || this.header.done) this.frame = new Frame(this.compression, this.changed);
    return rest.subarray(used);
  }

  private async takeData(frame: Frame, rest: Uint8Array): Promise<Uint8Array> {
    const before = frame.stream.bytesWritten;
    let taken = false;
    frame.stream.write(rest, () => {
      taken = true;
      this.changed();
    });
    while (!taken && !frame.ended) await this.change();
    const left = rest.subarray(frame.stream.bytesWritten - before);
    // What the decompressor does not want is behind the frame's end.
    if (left.length > 0) await this.endOfFrame(frame);
    return left;
  }

  private async endOfFrame(frame: Frame): Promise<void> {
    while (!frame.ended && !this.ended) await this.change();
    if (frame.error) {
      this.damage = frame.error;
      this.end();
      return;
    }
    if (++this.empty > EMPTY_MAX) {
      this.damage = new Error(`more than ${EMPTY_MAX} empty ${this.compression} members in a row`);
      this.end();
      return;
    }
    this.frame = null;
    this.header = new GzipHeader();
    if (this.compression === 'gzip') this.trailer = new GzipTrailer();
  }

  private takeTrailer(trailer: GzipTrailer, rest: Uint8Array): Uint8Array {
    const used = trailer.take(rest);
    if (!trailer.done) return rest.subarray(used);
    if (trailer.checksum !== this.checksum) this.damage ??= new Error('checksum mismatch');
    this.checksum = 0;
    this.trailer = null;
    return rest.subarray(used);
  }

  private async endOfInput(): Promise<void> {
    const { frame } = this;
    if (frame) {
      frame.stream.end();
      await this.endOfFrame(frame);
    }
    const isCut = this.trailer !== null || (this.header.begun && !this.header.done);
    if (isCut) this.damage ??= new Error('unexpected end of file');
  }

  async read(into: Uint8Array, at: number, length: number): Promise<number> {
    let done = 0;
    while (done < length && (await this.hasPiece())) {
      const step = Math.min(length - done, this.piece.length - this.given);
      into.set(this.piece.subarray(this.given, this.given + step), at + done);
      this.given += step;
      done += step;
    }
    return done;
  }

  private async hasPiece(): Promise<boolean> {
    for (;;) {
      if (this.given < this.piece.length) return true;
      const next: unknown = this.frame?.stream.read();
      if (next instanceof Uint8Array) {
        this.piece = next;
        this.given = 0;
        this.empty = 0;
        if (this.compression === 'gzip') this.checksum = crc32(next, this.checksum);
      } else if (this.ended) {
        return false;
      } else {
        await this.change();
      }
    }
  }

  /** Resolves when every raw byte has passed the hasher. */
  async drain(): Promise<void> {
    await this.feeding;
  }

  async close(): Promise<void> {
    this.end();
    this.frame?.stream.destroy();
    await this.feeding;
    await this.raw.close();
  }
}

/** Writes pcapng (draft-ietf-opsawg-pcapng): one section, an interface a link type, nanoseconds. */
import { closeSync, openSync, writeSync } from 'node:fs';
import { SondeError } from '../../../src-shared/errors.ts';

const BLOCK = { SECTION: 0x0a0d0d0a, INTERFACE: 1, ENHANCED: 6 } as const;
const BYTE_ORDER = 0x1a2b3c4d;
const OPTION = { END: 0, COMMENT: 1, HARDWARE: 2, TSRESOL: 9, USERAPPL: 4 } as const;
const NANOSECONDS = 9;
const BUFFER = 1 << 20;

const padded = (length: number): number => (length + 3) & ~3;

function option(code: number, value: Uint8Array): Buffer {
  const bytes = Buffer.alloc(4 + padded(value.length));
  bytes.writeUInt16LE(code, 0);
  bytes.writeUInt16LE(value.length, 2);
  bytes.set(value, 4);
  return bytes;
}

function block(type: number, body: Uint8Array): Buffer {
  const total = 12 + padded(body.length);
  const bytes = Buffer.alloc(total);
  bytes.writeUInt32LE(type, 0);
  bytes.writeUInt32LE(total, 4);
  bytes.set(body, 8);
  bytes.writeUInt32LE(total, total - 4);
  return bytes;
}

/** Longer comments are cut, bytes. */
const COMMENT_MAX = 4096;

/** UTF-8, cut between characters; nothing where there is nothing to say. */
function commentOption(comment: string): Buffer {
  if (comment === '') return Buffer.alloc(0);
  const { read } = new TextEncoder().encodeInto(comment, new Uint8Array(COMMENT_MAX));
  return option(OPTION.COMMENT, Buffer.from(comment.slice(0, read)));
}

function sectionBlock(program: string, comment: string): Buffer {
  const head = Buffer.alloc(16);
  head.writeUInt32LE(BYTE_ORDER, 0);
  head.writeUInt16LE(1, 4);
  head.writeBigInt64LE(-1n, 8);
  return block(
    BLOCK.SECTION,
    Buffer.concat([
      head,
      commentOption(comment),
      option(OPTION.USERAPPL, Buffer.from(program)),
      option(OPTION.END, Buffer.alloc(0)),
    ]),
  );
}

function interfaceBlock(link: number): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt16LE(link, 0);
  return block(
    BLOCK.INTERFACE,
    Buffer.concat([head, option(OPTION.TSRESOL, Uint8Array.of(NANOSECONDS)), option(OPTION.END, Buffer.alloc(0))]),
  );
}

export interface PcapngPacket {
  /** LINKTYPE_ number. */
  link: number;
  sec: number;
  nano: number;
  /** Bytes that were on the wire. */
  wire: number;
  data: Uint8Array;
  /** What readers show beside it (`frame.comment`). */
  comment?: string;
}

/** The file grows as packets are added; `close` writes what is left. */
export class PcapngWriter {
  packets = 0;
  /** Of the packets alone, as far as they were captured. */
  captured = 0;
  bytes = 0;
  private readonly path: string;
  private readonly file: number;
  private readonly interfaces = new Map<number, number>();
  private readonly buffer = Buffer.allocUnsafe(BUFFER);
  private used = 0;

  /** `comment`: on the whole file. @throws SondeError `write-failed` */
  constructor(path: string, program: string, comment = '') {
    this.path = path;
    this.file = this.attempt(() => openSync(path, 'w', 0o600));
    this.put(sectionBlock(program, comment));
  }

  add({ link, sec, nano, wire, data, comment = '' }: PcapngPacket): void {
    let number = this.interfaces.get(link);
    if (number === undefined) {
      number = this.interfaces.size;
      this.interfaces.set(link, number);
      this.put(interfaceBlock(link));
    }
    const said = commentOption(comment);
    const options = said.length === 0 ? said : Buffer.concat([said, option(OPTION.END, Buffer.alloc(0))]);
    const total = 32 + padded(data.length) + options.length;
    const head = Buffer.alloc(28);
    // The draft counts ticks since 1970 without a sign: earlier times wrap, as in every other tool.
    const ticks = BigInt.asUintN(64, BigInt(sec) * 1_000_000_000n + BigInt(nano));
    head.writeUInt32LE(BLOCK.ENHANCED, 0);
    head.writeUInt32LE(total, 4);
    head.writeUInt32LE(number, 8);
    head.writeUInt32LE(Number(ticks >> 32n), 12);
    head.writeUInt32LE(Number(ticks & 0xffffffffn), 16);
    head.writeUInt32LE(data.length, 20);
    head.writeUInt32LE(wire, 24);
    const padding = padded(data.length) - data.length;
    const tail = Buffer.alloc(padding + options.length + 4);
    tail.set(options, padding);
    tail.writeUInt32LE(total, tail.length - 4);
    this.put(head);
    this.put(data);
    this.put(tail);
    this.packets++;
    this.captured += data.length;
  }

  /** @throws SondeError `disk-full`, `write-failed` */
  close(): void {
    try {
      this.flush();
    } finally {
      closeSync(this.file);
    }
  }

  private put(bytes: Uint8Array): void {
    this.bytes += bytes.length;
    if (this.used + bytes.length > BUFFER) this.flush();
    if (bytes.length > BUFFER) return this.write(bytes);
    this.buffer.set(bytes, this.used);
    this.used += bytes.length;
  }

  private flush(): void {
    this.write(this.buffer.subarray(0, this.used));
    this.used = 0;
  }

  private write(bytes: Uint8Array): void {
    for (let done = 0; done < bytes.length;)
      done += this.attempt(() => writeSync(this.file, bytes, done, bytes.length - done));
  }

  private attempt<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? error.code : '';
      const full = code === 'ENOSPC' || code === 'EDQUOT';
      const reason = full
        ? 'the disk is full'
        : `cannot be written: ${error instanceof Error ? error.message : String(error)}`;
      const cure = full ? 'Free some space, or name a file on another disk.' : 'Check the folder and its permissions.';
      throw new SondeError(full ? 'disk-full' : 'write-failed', `${this.path}: ${reason}`, this.path, cure, {
        cause: error,
      });
    }
  }
}

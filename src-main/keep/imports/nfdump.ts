/**
 * Files of nfdump and nfcapd 1.7 (their format 2: a header of 40 bytes, then blocks of records, each with a header of 12
 * bytes). Blocks may be packed with LZO, LZ4 or zstd. Format 1 (nfdump 1.6) and bzip2 have to be rewritten first.
 */
import { zstdDecompressSync } from 'node:zlib';
import { lz4Block } from './lz4.ts';
import { lzoBlock } from './lzo.ts';
import { nfdumpRecord } from './nfdump-record.ts';
import type { RecordFormat, RecordParser, RecordSink } from './record.ts';

const MAGIC = 0xa50c;
const FILE_HEADER = 40;
const BLOCK_HEADER = 12;
const RECORD_HEADER = 4;
const FLOW_RECORD = 11;
const PLAIN = 0;
const LZO = 1;
const BZIP2 = 2;
const LZ4 = 3;
const ZSTD = 4;
/** nfdump's own blocks have 1 to 5 MiB. */
const BLOCK_MAX = 16 << 20;

class NfdumpParser implements RecordParser {
  private readonly sink: RecordSink;
  private packing = -1;
  private block = 0;
  private room: Buffer | undefined;

  constructor(sink: RecordSink) {
    this.sink = sink;
  }

  parse(bytes: Buffer, from: number, to: number, offset: number, final: boolean): number {
    let at = from;
    if (this.packing < 0) {
      if (to - at < FILE_HEADER) return final ? to - from : 0;
      this.packing = bytes[at + 16]!;
      at += FILE_HEADER;
    }
    while (to - at >= BLOCK_HEADER) {
      const where = offset + at - from;
      const size = bytes.readUInt32LE(at + 4);
      if (size > BLOCK_MAX) {
        this.sink.bad(where, `block ${this.block + 1}`, 'its length cannot be right; nothing behind it was read');
        return to - from;
      }
      if (at + BLOCK_HEADER + size > to) {
        if (!final) return at - from;
        break;
      }
      this.block++;
      this.read(bytes.subarray(at + BLOCK_HEADER, at + BLOCK_HEADER + size), where);
      at += BLOCK_HEADER + size;
    }
    if (!final) return at - from;
    if (at < to) this.sink.bad(offset + at - from, `block ${this.block + 1}`, 'the file ends within it');
    return to - from;
  }

  private read(packed: Buffer, where: number): void {
    let block: Buffer;
    try {
      block = this.unpacked(packed);
    } catch (error) {
      return this.bad(where, `it cannot be unpacked (${error instanceof Error ? error.message : String(error)})`);
    }
    for (let at = 0; at + RECORD_HEADER <= block.length;) {
      const type = block.readUInt16LE(at);
      const size = block.readUInt16LE(at + 2);
      if (size < RECORD_HEADER || at + size > block.length) return this.bad(where, 'a record is longer than it');
      // Others describe exporters and the file.
      if (type === FLOW_RECORD) {
        const record = nfdumpRecord(block, at, at + size);
        if (typeof record === 'string') this.bad(where, record);
        else this.sink.take(record);
      }
      at += size;
    }
  }

  private unpacked(packed: Buffer): Buffer {
    if (this.packing === PLAIN) return packed;
    if (this.packing === ZSTD) return zstdDecompressSync(packed, { maxOutputLength: BLOCK_MAX });
    const room = (this.room ??= Buffer.alloc(BLOCK_MAX));
    return room.subarray(0, this.packing === LZO ? lzoBlock(packed, room) : lz4Block(packed, room));
  }

  private bad(where: number, reason: string): void {
    this.sink.bad(where, `block ${this.block}`, reason);
  }
}

/** What nfdump is told to make of a file that cannot be read. */
const REWRITE = 'Rewrite it with nfdump 1.7: nfdump -r OLD -w NEW.';

export const nfdump: RecordFormat = {
  id: 'nfdump',
  title: 'an nfdump file',
  recognises: (head) =>
    head.length >= BLOCK_HEADER && (head.readUInt16LE(0) === MAGIC || head.readUInt16BE(0) === MAGIC),
  refuses(head) {
    if (head.readUInt16LE(0) !== MAGIC) return `an nfdump file of a big-endian machine; ${REWRITE}`;
    const version = head.readUInt16LE(2);
    if (version !== 2) return `an nfdump file of format ${version}; ${REWRITE}`;
    if (head.length < FILE_HEADER) return 'an nfdump file that ends within its header';
    if (head[17] !== 0) return 'an nfdump file that is encrypted. Decrypt it with nfdump first.';
    if (head[16] === BZIP2)
      return 'an nfdump file packed with bzip2. Repack it: nfdump -J LZ4 -r FILE (nfdump 1.7.1: -J 3).';
    return [PLAIN, LZO, LZ4, ZSTD].includes(head[16]!)
      ? undefined
      : `an nfdump file packed in a way of its own; ${REWRITE}`;
  },
  open: (sink) => new NfdumpParser(sink),
};

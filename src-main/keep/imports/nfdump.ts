/**
 * Files of nfdump and nfcapd, of 1.7 (format 2: a header of 40 bytes) and 1.6 (format 1: one of 276), then blocks of records,
 * each with a header of 12 bytes. Blocks may be packed with LZO, bzip2, LZ4 or zstd.
 */
import { zstdDecompressSync } from 'node:zlib';
import { BZIP2_ROOM, bzip2Stream } from './bzip2.ts';
import { lz4Block } from './lz4.ts';
import { lzoBlock } from './lzo.ts';
import { OldRecords } from './nfdump-old.ts';
import { nfdumpRecord } from './nfdump-record.ts';
import type { FlowRecord, RecordFormat, RecordParser, RecordSink } from './record.ts';

const MAGIC = 0xa50c;
const FILE_HEADER = 40;
/** Format 1: its figures are part of the header. */
const OLD_HEADER = 276;
const OLD_FORMAT = 1;
const FORMATS = [OLD_FORMAT, 2];
const BLOCK_HEADER = 12;
const RECORD_HEADER = 4;
const FLOW_RECORD = 11;
const PLAIN = 0;
const LZO = 1;
const BZIP2 = 2;
const LZ4 = 3;
const ZSTD = 4;
/** Flags of format 1 that say how blocks are packed. */
const OLD_PACKINGS: readonly (readonly [flag: number, packing: number])[] = [
  [1, LZO],
  [8, BZIP2],
  [16, LZ4],
];
/** nfdump's own blocks have 1 to 5 MiB. */
const BLOCK_MAX = 16 << 20;
/** Unpacked in one go: then others have their turn. */
const STEP = 4 << 20;
const NOTHING = Buffer.alloc(0);
/** All blocks so far may unpack to so many bytes, and to so many times those that they are packed in. */
const FREE = 64 << 20;
const EXPANSION = 1000;

class NfdumpParser implements RecordParser {
  private readonly sink: RecordSink;
  private packing = -1;
  /** Of a file of format 1. */
  private old: OldRecords | undefined;
  private block = 0;
  private room: Buffer | undefined;
  private bzip2Room: Uint32Array<ArrayBuffer> | undefined;
  private packed = 0;
  private unpacked = 0;
  /** What follows is not read any more. */
  private isOver = false;
  more = false;

  constructor(sink: RecordSink) {
    this.sink = sink;
  }

  parse(bytes: Buffer, from: number, to: number, offset: number, final: boolean): number {
    this.more = false;
    const begin = this.packing < 0 ? this.begin(bytes.subarray(from, to)) : 0;
    if (begin === 0 && this.packing < 0) return final ? to - from : 0;
    const enough = this.unpacked + STEP;
    let at = from + begin;
    while (to - at >= BLOCK_HEADER && !this.isOver) {
      if (this.unpacked >= enough) {
        this.more = true;
        return at - from;
      }
      const where = offset + at - from;
      const size = bytes.readUInt32LE(at + 4);
      const next = at + BLOCK_HEADER + size;
      if (size > BLOCK_MAX) {
        this.end(where, 'its length cannot be right; nothing behind it was read');
      } else if (next > to) {
        break;
      } else {
        this.block++;
        this.read(bytes.subarray(at + BLOCK_HEADER, next), where);
        at = next;
      }
    }
    if (this.isOver) return to - from;
    if (!final) return at - from;
    if (at < to) this.sink.bad(offset + at - from, `block ${this.block + 1}`, 'the file ends within it');
    return to - from;
  }

  /** Reads the header of the file; how long it is. 0: it is not there as a whole. */
  private begin(head: Buffer): number {
    const isOld = head.length >= FILE_HEADER && head.readUInt16LE(2) === OLD_FORMAT;
    const length = isOld ? OLD_HEADER : FILE_HEADER;
    if (head.length < length) return 0;
    if (isOld) this.old = new OldRecords();
    this.packing = packingOf(head);
    return length;
  }

  /** The next block, and with it the file, is not read. */
  private end(where: number, reason: string): void {
    this.sink.bad(where, `block ${this.block + 1}`, reason);
    this.isOver = true;
  }

  private read(packed: Buffer, where: number): void {
    this.packed += BLOCK_HEADER + packed.length;
    let block: Buffer;
    try {
      block = this.unpack(packed);
      this.unpacked += block.length;
    } catch (error) {
      // As much work as the largest one, maybe.
      this.unpacked += BLOCK_MAX;
      this.bad(where, `it cannot be unpacked (${error instanceof Error ? error.message : String(error)})`);
      block = NOTHING;
    }
    this.records(block, where);
    if (this.packing !== PLAIN && this.unpacked > FREE + this.packed * EXPANSION) {
      this.end(
        where,
        `not read: those before it are damaged, or hold more than ${EXPANSION} times what they are packed in`,
      );
    }
  }

  private records(block: Buffer, where: number): void {
    for (let at = 0; at + RECORD_HEADER <= block.length;) {
      const size = block.readUInt16LE(at + 2);
      if (size < RECORD_HEADER || at + size > block.length) return this.bad(where, 'a record is longer than it');
      const record = this.record(block, at, size);
      if (typeof record === 'string') this.bad(where, record);
      else if (record) this.sink.take(record);
      at += size;
    }
  }

  /** Undefined: it describes an exporter, or the file. */
  private record(block: Buffer, at: number, size: number): FlowRecord | string | undefined {
    if (this.old) return this.old.read(block, at, at + size);
    return block.readUInt16LE(at) === FLOW_RECORD ? nfdumpRecord(block, at, at + size) : undefined;
  }

  private unpack(packed: Buffer): Buffer {
    if (this.packing === PLAIN) return packed;
    if (this.packing === ZSTD) return zstdDecompressSync(packed, { maxOutputLength: BLOCK_MAX });
    const room = (this.room ??= Buffer.alloc(BLOCK_MAX));
    if (this.packing === BZIP2) {
      this.bzip2Room ??= new Uint32Array(BZIP2_ROOM);
      return room.subarray(0, bzip2Stream(packed, room, this.bzip2Room));
    }
    return room.subarray(0, this.packing === LZO ? lzoBlock(packed, room) : lz4Block(packed, room));
  }

  private bad(where: number, reason: string): void {
    this.sink.bad(where, `block ${this.block}`, reason);
  }
}

/** How the blocks of a file with this header are packed. */
function packingOf(head: Buffer): number {
  if (head.readUInt16LE(2) !== OLD_FORMAT) return head[16]!;
  const flags = head.readUInt32LE(4);
  return OLD_PACKINGS.find(([flag]) => (flags & flag) !== 0)?.[1] ?? PLAIN;
}

/** What nfdump is told to make of a file that cannot be read. */
const REWRITE = 'Rewrite it with nfdump 1.7: nfdump -r OLD -w NEW.';

export const nfdump: RecordFormat = {
  id: 'nfdump',
  title: 'an nfdump file',
  recognises: (head) =>
    head.length >= BLOCK_HEADER && (head.readUInt16LE(0) === MAGIC || head.readUInt16BE(0) === MAGIC),
  refuses(head) {
    if (head.readUInt16LE(0) !== MAGIC)
      return 'an nfdump file of a big-endian machine, whose numbers are the other way round; write it anew on a machine of today';
    const version = head.readUInt16LE(2);
    if (!FORMATS.includes(version)) return `an nfdump file of format ${version}; ${REWRITE}`;
    if (head.length < FILE_HEADER) return 'an nfdump file that ends within its header';
    if (version === OLD_FORMAT) return undefined;
    if (head[17] !== 0) return 'an nfdump file that is encrypted. Decrypt it with nfdump first.';
    return [PLAIN, LZO, BZIP2, LZ4, ZSTD].includes(head[16]!)
      ? undefined
      : `an nfdump file packed in a way of its own; ${REWRITE}`;
  },
  open: (sink) => new NfdumpParser(sink),
};

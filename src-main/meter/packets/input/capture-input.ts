/** One input, from its path to packet batches. */
import { damagedError, emptyFileError, inputName, notACaptureError, unsupportedVersionError } from '../errors.ts';
import { PARSED, type FormatParser, type InterfaceNumbers } from '../formats/format.ts';
import { PcapParser, readPcapHeader } from '../formats/pcap.ts';
import { PcapngParser, unreadableSection } from '../formats/pcapng.ts';
import { linkTypeName } from '../link/names.ts';
import { makePacketBatch, type InputSummary, type PacketBatch } from '../types.ts';
import { WarningList } from '../warning-list.ts';
import { ChunkFeeder, type Chunk, type ChunkPool } from './chunks.ts';
import { CompressedSource, compressionOf, type Compression } from './compressed-source.ts';
import type { Hasher } from './hash.ts';
import { HEAD_BYTES, RawSource, type ByteSource } from './raw-source.ts';
import { captureFormat, describeContent } from './recognise.ts';

/** What all inputs of one run share. */
export interface InputContext {
  pool: ChunkPool;
  numbers: InterfaceNumbers;
  batchPackets: number;
  makeHasher(totalBytes: number): Hasher | null;
  /** Inputs that were opened before, by path. */
  opened?: ReadonlyMap<string, RawSource>;
}

/** A source that gives `head` again before the rest. */
class WithHead implements ByteSource {
  private readonly head: Uint8Array;
  private readonly rest: ByteSource;
  private given = 0;

  constructor(head: Uint8Array, rest: ByteSource) {
    this.head = head;
    this.rest = rest;
  }

  async read(into: Uint8Array, at: number, length: number): Promise<number> {
    const step = Math.min(length, this.head.length - this.given);
    into.set(this.head.subarray(this.given, this.given + step), at);
    this.given += step;
    return step + (step < length ? await this.rest.read(into, at + step, length - step) : 0);
  }

  close(): Promise<void> {
    return this.rest.close();
  }
}

/** Where a batch's bytes lie, to be given back with it. */
const CHUNKS = new WeakMap<PacketBatch, Chunk>();

export class CaptureInput {
  readonly index: number;
  readonly path: string;
  readonly raw: RawSource;
  private readonly context: InputContext;
  private readonly feeder: ChunkFeeder;
  private readonly parser: FormatParser;
  private readonly hasher: Hasher | null;
  private readonly compressed: CompressedSource | null;
  private readonly warnings: WarningList;
  private readonly spare: PacketBatch[] = [];
  private readonly summary: InputSummary;
  private peeked: PacketBatch | null = null;
  private finished = false;

  private constructor(
    index: number,
    raw: RawSource,
    context: InputContext,
    opened: { source: ByteSource; compressed: CompressedSource | null; hasher: Hasher | null; parser: FormatParser },
    compression: Compression | null,
    warnings: WarningList,
  ) {
    this.index = index;
    this.path = raw.path;
    this.raw = raw;
    this.context = context;
    this.parser = opened.parser;
    this.hasher = opened.hasher;
    this.compressed = opened.compressed;
    this.warnings = warnings;
    this.feeder = new ChunkFeeder(opened.source, context.pool, opened.compressed ? null : opened.hasher);
    this.summary = {
      path: raw.path,
      sha256: '',
      format: compression ? `${opened.parser.format}+${compression}` : opened.parser.format,
      linkTypes: [],
      packets: 0,
      bytes: 0,
      firstSec: 0,
      firstNano: 0,
      lastSec: 0,
      lastNano: 0,
      warnings: [],
    };
  }

  /**
   * Opens an input and recognises it by its content.
   *
   * @throws InputError when nothing in it can be read
   */
  static async open(path: string, index: number, context: InputContext): Promise<CaptureInput> {
    const raw = context.opened?.get(path) ?? (await RawSource.open(path));
    const hasher = context.makeHasher(raw.total);
    let compressed: CompressedSource | null = null;
    try {
      if (raw.head.length === 0) throw emptyFileError(path);
      const compression = compressionOf(raw.head);
      let head = raw.head;
      let source: ByteSource = raw;
      if (compression) {
        compressed = new CompressedSource(raw, compression, hasher);
        const first = new Uint8Array(HEAD_BYTES);
        head = first.subarray(0, await compressed.read(first, 0, HEAD_BYTES));
        if (head.length === 0) throw damagedError(path, `nothing of its ${compression} data can be unpacked`);
        source = new WithHead(head, compressed);
      }
      const warnings = new WarningList();
      const parser = makeParser(path, index, head, context.numbers, warnings, compression);
      return new CaptureInput(index, raw, context, { source, compressed, hasher, parser }, compression, warnings);
    } catch (error) {
      await (compressed ?? raw).close();
      await hasher?.close();
      throw error;
    }
  }

  /** Time of the first packet (seconds, nanoseconds); 0, 0 when there is none. */
  async firstTime(): Promise<readonly [number, number]> {
    this.peeked ??= await this.next();
    return this.peeked ? [this.peeked.columns.sec[0]!, this.peeked.columns.nano[0]!] : [0, 0];
  }

  /** The next packets, or null at the end. */
  async read(): Promise<PacketBatch | null> {
    const { peeked } = this;
    this.peeked = null;
    return peeked ?? this.next();
  }

  private async next(): Promise<PacketBatch | null> {
    const { window } = this.feeder;
    while (!this.finished) {
      const batch = this.takeBatch();
      const parsed = this.parser.parse(window, batch, this.context.batchPackets);
      const isLast = parsed === PARSED.STOP || (parsed === PARSED.MORE && window.eof);
      if (batch.count > 0) {
        this.attach(batch);
        this.count(batch);
        if (isLast) await this.finish();
        else if (parsed === PARSED.MORE) await this.feeder.more(this.parser.need);
        return batch;
      }
      this.spare.push(batch);
      if (isLast) await this.finish();
      else if (parsed === PARSED.MORE) await this.feeder.more(this.parser.need);
    }
    return null;
  }

  private takeBatch(): PacketBatch {
    const batch = this.spare.pop() ?? makePacketBatch(this.feeder.window.bytes, this.context.batchPackets);
    batch.count = 0;
    batch.data = this.feeder.window.bytes;
    return batch;
  }

  private attach(batch: PacketBatch): void {
    const { chunk } = this.feeder;
    if (!chunk) return;
    chunk.users++;
    CHUNKS.set(batch, chunk);
  }

  /** Gives a batch of this input back. */
  release(batch: PacketBatch): void {
    const chunk = CHUNKS.get(batch);
    if (!chunk) return;
    CHUNKS.delete(batch);
    this.context.pool.release(chunk);
    this.spare.push(batch);
  }

  private count(batch: PacketBatch): void {
    const { summary } = this;
    const { captured, sec, nano } = batch.columns;
    if (summary.packets === 0) {
      summary.firstSec = summary.lastSec = sec[0]!;
      summary.firstNano = summary.lastNano = nano[0]!;
    }
    let bytes = 0;
    for (let i = 0; i < batch.count; i++) {
      bytes += captured[i]!;
      const s = sec[i]!;
      const n = nano[i]!;
      if (s > summary.lastSec || (s === summary.lastSec && n > summary.lastNano)) {
        summary.lastSec = s;
        summary.lastNano = n;
      } else if (s < summary.firstSec || (s === summary.firstSec && n < summary.firstNano)) {
        summary.firstSec = s;
        summary.firstNano = n;
      }
    }
    summary.packets += batch.count;
    summary.bytes += bytes;
  }

  private async finish(): Promise<void> {
    this.finished = true;
    const { feeder, compressed } = this;
    if (feeder.failure !== undefined)
      this.warnings.add('read-error', feeder.window.base + feeder.window.end, messageOf(feeder.failure));
    if (compressed?.damage) this.warnings.add('compressed-damaged', feeder.window.base + feeder.window.end);
    await compressed?.drain();
    if (this.hasher) this.summary.sha256 = await this.hasher.digest();
    if (!Number.isNaN(this.raw.total) && this.raw.consumed < this.raw.total && feeder.failure === undefined) {
      this.warnings.add('file-changed', this.raw.consumed);
    }
    this.summary.linkTypes = [...this.parser.linkTypes].map(linkTypeName);
    await this.close();
    const damaged = this.warnings.list().find((warning) => warning.code === 'corrupt-record');
    if (this.summary.packets === 0 && damaged)
      throw damagedError(this.path, `no valid record from byte ${damaged.offset} on`);
  }

  /** What is known of the input; complete once `read` returned null. */
  describe(): InputSummary {
    const { dropped, isAnonymised } = this.parser;
    return {
      ...this.summary,
      ...(dropped === undefined ? {} : { dropped }),
      ...(isAnonymised ? { anonymised: true } : {}),
      warnings: this.warnings.list(),
    };
  }

  async close(): Promise<void> {
    this.finished = true;
    await this.feeder.close();
    await this.hasher?.close();
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function makeParser(
  path: string,
  index: number,
  head: Uint8Array,
  numbers: InterfaceNumbers,
  warnings: WarningList,
  compression: Compression | null,
): FormatParser {
  switch (captureFormat(head)) {
    case 'pcap':
      return makePcapParser(path, index, head, numbers, warnings);
    case 'pcapng': {
      const version = unreadableSection(head);
      if (version === '') throw damagedError(path, 'its pcapng section header has no byte order mark');
      if (version !== null) throw unsupportedVersionError(path, `pcapng version ${version}`);
      return new PcapngParser(index, numbers, warnings);
    }
    case null: {
      const looks = describeContent(head);
      throw notACaptureError(path, compression ? `${compression}-compressed data that holds ${looks}` : looks);
    }
  }
}

function makePcapParser(
  path: string,
  index: number,
  head: Uint8Array,
  numbers: InterfaceNumbers,
  warnings: WarningList,
): FormatParser {
  const header = readPcapHeader(head);
  if (!header) throw damagedError(inputName(path), `it ends inside its file header, after ${head.length} bytes`);
  if (header.major !== 2) throw unsupportedVersionError(path, `pcap version ${header.major}.${header.minor}`);
  return new PcapParser(header, head, index, numbers, warnings);
}

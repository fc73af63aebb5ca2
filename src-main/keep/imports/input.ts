/** One input of records: its bytes, in whatever they are packed, to records. */
import { setImmediate as others } from 'node:timers/promises';
import { InlineHasher } from '../../meter/packets/input/hash.ts';
import { CompressedSource, type Compression } from '../../meter/packets/input/compressed-source.ts';
import { RawSource, type ByteSource } from '../../meter/packets/input/raw-source.ts';
import type { InputSummary } from '../../meter/packets/types.ts';
import { WarningList } from '../../meter/packets/warning-list.ts';
import type { Recognised } from './recognise.ts';
import type { FlowRecord, RecordParser, RecordSink, SensorAlert } from './record.ts';

const STEP = 256 * 1024;
/** A block of nfdump's may be as long; lines and messages are far shorter. */
const WINDOW_MAX = 20 << 20;

export class RecordInput implements RecordSink {
  /** Records read so far and not yet taken. */
  records: FlowRecord[] = [];
  /** What rules of the sensor told, so far and not yet taken. */
  alerts: SensorAlert[] = [];
  /** When the newest record began, seconds: how far the input has come. */
  newest = Number.NEGATIVE_INFINITY;
  ended = false;
  /** Records read in all. */
  count = 0;
  readonly raw: RawSource;
  private readonly source: ByteSource;
  private readonly compressed: CompressedSource | null = null;
  private readonly hasher = new InlineHasher();
  private readonly parser: RecordParser;
  private readonly warnings = new WarningList();
  private readonly summary: InputSummary;
  private window: Buffer = Buffer.alloc(STEP * 2);
  private from = 0;
  private to = 0;
  private offset = 0;
  /** Nothing has been read yet that has a time. */
  private isFirst = true;
  /** Nothing comes behind the window. */
  private isLast = false;

  constructor(raw: RawSource, { format, compression }: Recognised) {
    this.raw = raw;
    this.parser = format.open(this);
    if (compression) this.compressed = new CompressedSource(raw, compression, this.hasher);
    this.source = this.compressed ?? raw;
    this.summary = summaryOf(raw.path, format.id, compression);
  }

  take(record: FlowRecord): void {
    const { summary } = this;
    this.records.push(record);
    this.count++;
    if (record.sec > this.newest) this.newest = record.sec;
    summary.packets = Math.min(Number.MAX_SAFE_INTEGER, summary.packets + record.origPkts + record.respPkts);
    summary.bytes = Math.min(Number.MAX_SAFE_INTEGER, summary.bytes + record.origIpBytes + record.respIpBytes);
    this.lies(record.sec, record.nano, record.lastSec, record.lastNano);
  }

  alert(alert: SensorAlert): void {
    this.alerts.push(alert);
    this.lies(alert.sec, alert.nano, alert.sec, alert.nano);
  }

  /** Something of the input lies between these times. */
  private lies(sec: number, nano: number, lastSec: number, lastNano: number): void {
    const { summary, isFirst } = this;
    this.isFirst = false;
    if (isFirst || before(sec, nano, summary.firstSec, summary.firstNano)) {
      [summary.firstSec, summary.firstNano] = [sec, nano];
    }
    if (isFirst || before(summary.lastSec, summary.lastNano, lastSec, lastNano)) {
      [summary.lastSec, summary.lastNano] = [lastSec, lastNano];
    }
  }

  bad(offset: number, where: string, reason: string): void {
    this.warnings.add('bad-record', offset, `${where}: ${reason}`);
  }

  other(offset: number, kind: string): void {
    this.warnings.add('other-records', offset, kind);
  }

  unexplained(offset: number): void {
    this.warnings.add('missing-template', offset);
  }

  /** Reads on, by about a quarter of a megabyte; less where that holds much. @throws what the operating system threw */
  async read(): Promise<void> {
    if (this.ended) return;
    // Signals too are heard between two steps only.
    if (this.parser.more) await others();
    else await this.load();
    const used = this.parser.parse(this.window, this.from, this.to, this.offset, this.isLast);
    this.from += used;
    this.offset += used;
    if (this.isLast && !this.parser.more) await this.finish();
  }

  /** Takes more of the source into the window. */
  private async load(): Promise<void> {
    this.makeRoom();
    const wanted = Math.min(STEP, this.window.length - this.to);
    let got = 0;
    try {
      got = await this.source.read(this.window, this.to, wanted);
    } catch (error) {
      this.warnings.add('read-error', this.offset, error instanceof Error ? error.message : String(error));
    }
    if (!this.compressed && got > 0) this.hasher.update(this.window.subarray(this.to, this.to + got), () => undefined);
    this.to += got;
    this.isLast = got < wanted;
  }

  private makeRoom(): void {
    if (this.from > 0) {
      this.window.copy(this.window, 0, this.from, this.to);
      this.to -= this.from;
      this.from = 0;
    }
    if (this.window.length - this.to >= STEP) return;
    if (this.window.length >= WINDOW_MAX) {
      // No format has records of this length: its parser would have let go of them.
      this.warnings.add('bad-record', this.offset, `byte ${this.offset}: a record is too long`);
      this.offset += this.to;
      this.to = 0;
      return;
    }
    const larger = Buffer.alloc(Math.min(WINDOW_MAX, this.window.length * 2));
    this.window.copy(larger, 0, 0, this.to);
    this.window = larger;
  }

  private async finish(): Promise<void> {
    this.ended = true;
    if (this.compressed?.damage) this.warnings.add('compressed-damaged', this.offset);
    await this.compressed?.drain();
    this.summary.sha256 = await this.hasher.digest();
    await this.close();
  }

  describe(): InputSummary {
    return { ...this.summary, warnings: this.warnings.list() };
  }

  async close(): Promise<void> {
    this.ended = true;
    await this.source.close();
  }
}

function before(sec: number, nano: number, thanSec: number, thanNano: number): boolean {
  return sec < thanSec || (sec === thanSec && nano < thanNano);
}

export function summaryOf(path: string, id: string, compression: Compression | null): InputSummary {
  return {
    path,
    sha256: '',
    format: compression ? `${id}+${compression}` : id,
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

/** Where observations come from: captures read and metered here, or with reading and decoding on a second thread. */
import type { TriageReport } from '../../../src-shared/domain/report.ts';
import type { Finding, Observations } from '../../detect/types.ts';
import { openCaptures } from '../../meter/packets/open.ts';
import type { RecordReader } from '../../keep/imports/reader.ts';
import type { RawSource } from '../../meter/packets/input/raw-source.ts';
import type { InputSummary, InputWarning, PacketBatch, PacketReader } from '../../meter/packets/types.ts';
import { isPartial } from '../../../src-shared/domain/warnings.ts';
import { makeMeter, type Meter, type MeterOptions } from './meter.ts';
import { Joined } from './joined.ts';
import { belongsTo, cellOf, part, sliceEnd } from './slices.ts';

/** What the stages behind the meter know of it. */
export interface MeterView extends Pick<Meter, 'hosts' | 'cards' | 'segments' | 'inspectionRefused' | 'onSegments'> {
  /** Absent where there are no packets. */
  readonly quality?: Meter['quality'];
  readonly table: { readonly statistics: { readonly cutShort: number } };
}

export interface Source {
  readonly meter: MeterView;
  /** It gives flows without packets: what is learned from packets cannot be asked for. */
  readonly packetless?: boolean;
  /** What rules of another sensor told, in the place of those that would look at packets. */
  readonly alerts?: {
    findings(): Iterable<[key: string, finding: Finding]>;
    report(): Pick<TriageReport, 'signatures' | 'rules'>;
  };
  /** It has no end of its own: to be stopped is its end. */
  readonly endless?: boolean;
  /**
   * Lets someone see every batch of packets, which is valid during the call. `settled` is waited for before another batch of the same slice
   * takes its place: until `next()` has returned, only this tells where one batch ends.
   */
  tap(onPackets: (packets: PacketBatch) => void, settled?: () => Promise<void>): void;
  /** What the next batch of packets shows; null at the end. Valid until the next call. */
  next(): Promise<{ observations: Observations; packets: number } | null>;
  /** Ends the flows that are still open. */
  finish(): Observations;
  /** What was seen is not asked for any more: memory may go. */
  seen?(): void;
  progress(): { bytes: number; total: number };
  /** Facts and warnings of each input, of reading and decoding together. */
  summaries(): InputSummary[];
  /** Whether something was not read or not decoded. */
  partial(inputs: readonly InputSummary[]): boolean;
  close(): Promise<void>;
}

export interface SourceOptions extends MeterOptions {
  /** Cuts batches by the packets' clock (slices.ts), as live capture does. */
  sliced?: boolean;
  /** Inputs that were opened before, because they can be read only once, by path. */
  pipes?: ReadonlyMap<string, RawSource>;
  /** Waited for before packets are looked at. */
  before?: (packets: PacketBatch) => Promise<void>;
}

/** Batches of packets that one slice is put together of at most: a capture without times is one slice from end to end. */
const SLICE_BATCHES = 32;

export class FileSource implements Source {
  readonly meter: Meter;
  private readonly reader: PacketReader;
  private readonly options: SourceOptions;
  private onPackets: ((packets: PacketBatch) => void) | undefined;
  private settled: (() => Promise<void>) | undefined;
  private batch: PacketBatch | null = null;
  private row = 0;
  /** A run that is stopped ends while the reader is still asked: what comes then is nobody's. */
  private isOver = false;

  constructor(reader: PacketReader, options: SourceOptions = {}) {
    this.meter = makeMeter(options);
    this.reader = reader;
    this.options = options;
  }

  tap(onPackets: (packets: PacketBatch) => void, settled?: () => Promise<void>): void {
    this.onPackets = onPackets;
    this.settled = settled;
  }

  async next(): Promise<{ observations: Observations; packets: number } | null> {
    const batch = await this.following();
    if (!batch || this.isOver) return null;
    const cell = cellOf(batch.columns.sec[0]!, batch.columns.nano[0]!);
    const seen = await this.look(batch);
    if (!seen) return null;
    return this.options.sliced && this.batch === null ? this.goOn(cell, seen) : seen;
  }

  /** The slice of `cell` that the last batch ended with, with what follows of it in the next batches. */
  private async goOn(
    cell: number,
    seen: { observations: Observations; packets: number },
  ): Promise<{ observations: Observations; packets: number }> {
    let joined: Joined | undefined;
    let { packets } = seen;
    for (let batches = 1; batches < SLICE_BATCHES && this.batch === null; batches++) {
      this.batch = await this.reader.read();
      this.row = 0;
      if (!this.batch || this.isOver) break;
      const { sec, nano } = this.batch.columns;
      if (!belongsTo(cell, sec[0]!, nano[0]!)) break;
      joined ??= new Joined().add(seen.observations);
      await this.settled?.();
      const more = await this.look(this.cut(this.batch, cell));
      if (!more) break;
      joined.add(more.observations);
      packets += more.packets;
    }
    return { observations: joined?.seen ?? seen.observations, packets };
  }

  /** Null where the run ended meanwhile. */
  private async look(batch: PacketBatch): Promise<{ observations: Observations; packets: number } | null> {
    if (this.options.before) await this.options.before(batch);
    if (this.isOver) return null;
    const observations = this.meter.push(batch);
    const packets = batch.count;
    this.onPackets?.(batch);
    if (this.batch && this.row >= this.batch.count) {
      this.reader.release(this.batch);
      this.batch = null;
    }
    return { observations, packets };
  }

  /** Reads as far as the first packet; its link type (a LINKTYPE_ number), null where there is none. */
  async begin(): Promise<number | null> {
    this.batch ??= await this.reader.read();
    return this.batch?.columns.link[0] ?? null;
  }

  /** The next batch, or the next slice of it. */
  private async following(): Promise<PacketBatch | null> {
    if (!this.batch) {
      this.batch = await this.reader.read();
      this.row = 0;
    }
    return this.batch && this.cut(this.batch);
  }

  private cut(batch: PacketBatch, cell?: number): PacketBatch {
    const from = this.row;
    this.row = this.options.sliced ? sliceEnd(batch, from, cell) : batch.count;
    return part(batch, from, this.row);
  }

  finish(): Observations {
    this.isOver = true;
    return this.meter.finish();
  }

  seen(): void {
    this.meter.close();
  }

  progress(): { bytes: number; total: number } {
    return this.reader.progress();
  }

  summaries(): InputSummary[] {
    return this.reader
      .summaries()
      .map((summary, input) => ({ ...summary, warnings: [...summary.warnings, ...this.meter.warnings(input)] }));
  }

  partial(inputs: readonly InputSummary[]): boolean {
    return hasPartialWarning(inputs);
  }

  close(): Promise<void> {
    return this.reader.close();
  }
}

/** Whether something of the inputs was not read or not decoded. */
export function hasPartialWarning(inputs: readonly InputSummary[]): boolean {
  return inputs.some((input) => input.warnings.some((w: InputWarning) => isPartial(w.code)));
}

/**
 * Opens captures for metering. `threads` above 1 hashes on another; what is observed does not depend on it.
 *
 * @throws InputError when none can be read.
 */
export async function openSource(
  files: readonly string[],
  threads: number,
  options: SourceOptions = {},
): Promise<FileSource> {
  const reader = await openCaptures(files, { hash: threads > 1 ? 'auto' : 'inline', ...opened(options) });
  return new FileSource(reader, options);
}

function opened({ pipes }: SourceOptions): { opened?: ReadonlyMap<string, RawSource> } {
  return pipes && pipes.size > 0 ? { opened: pipes } : {};
}

/**
 * Opens whatever can be triaged: captures, or records of flows that other sensors made.
 *
 * @throws InputError when none can be read, or both were named together.
 */
export async function openAny(files: readonly string[], threads: number, options: SourceOptions = {}): Promise<Source> {
  const { openRecords } = await import('../../keep/imports/open-records.ts');
  const found = await openRecords(files);
  if (found instanceof Map) return openSource(files, threads, { ...options, pipes: found });
  const { RecordSource } = await import('./record-source.ts');
  return new RecordSource(found as RecordReader);
}

/**
 * Records of several inputs as one stream in the order in which flows began. Sensors write a record when its flow has ended,
 * so long flows come late: as many records as `WAITING` are held back and put in order. What comes later still is taken when it
 * comes, and counted.
 */
import type { InputError } from '../../meter/packets/errors.ts';
import { RawSource } from '../../meter/packets/input/raw-source.ts';
import type { InputSummary } from '../../meter/packets/types.ts';
import { WARNINGS } from '../../../src-shared/domain/warnings.ts';
import { Heap } from './heap.ts';
import { RecordInput, summaryOf } from './input.ts';
import type { Recognised } from './recognise.ts';
import type { FlowRecord, SensorAlert } from './record.ts';

/** Records held back: about 60 MB. */
const WAITING = 131_072;

/** An input that is not open yet. */
export interface Pending {
  index: number;
  path: string;
  kind: Recognised;
  /** An input that can be read only once stays open. */
  raw: RawSource | undefined;
  total: number;
  /** When its first records began, seconds. */
  first: number;
}

export interface ReaderOptions {
  /** Records held back (for tests). */
  waiting?: number;
}

/** Earlier start first; of two halves of one exchange with the same start, that from the higher port: a client's. */
function isEarlier(a: FlowRecord, b: FlowRecord): boolean {
  if (a.sec !== b.sec) return a.sec < b.sec;
  if (a.nano !== b.nano) return a.nano < b.nano;
  if (a.oneWay && b.oneWay) {
    const client = (one: FlowRecord): boolean => one.origPort > one.respPort;
    if (client(a) !== client(b)) return client(a);
  }
  return a.order < b.order;
}

export class RecordReader {
  /** Records that came after later ones had been handed on. */
  late = 0;
  /** Takes what rules of the sensors told, before the flows of the same piece are handed on. */
  onAlert: ((alert: SensorAlert) => void) | undefined;
  private readonly pending: Pending[];
  private readonly open: RecordInput[] = [];
  private readonly done = new Map<number, InputSummary>();
  private readonly places = new Map<RecordInput, number>();
  private readonly waiting = new Heap<FlowRecord>(isEarlier);
  private readonly most: number;
  private readonly total: number;
  private consumed = 0;
  private order = 0;
  private last = Number.NEGATIVE_INFINITY;

  constructor(pending: readonly Pending[], options: ReaderOptions = {}) {
    this.pending = pending.toSorted((a, b) => a.first - b.first || a.index - b.index);
    this.most = options.waiting ?? WAITING;
    this.total = pending.reduce((sum, { total }) => sum + total, 0);
  }

  /** The next record without taking it; undefined at the end. Read ahead with `fill` first. */
  peek(): FlowRecord | undefined {
    return this.waiting.peek();
  }

  take(): FlowRecord | undefined {
    const record = this.waiting.pop();
    if (!record) return undefined;
    if (record.sec < this.last) this.late++;
    else this.last = record.sec;
    return record;
  }

  /** Whether enough is known to hand records on. */
  get isFull(): boolean {
    return this.waiting.size >= this.most || (this.pending.length === 0 && this.open.length === 0);
  }

  /** Reads until enough records are held back, or all are. */
  async fill(): Promise<void> {
    while (!this.isFull) {
      const input = await this.behind();
      if (!input) return;
      const before = input.raw.consumed;
      await input.read();
      this.consumed += input.raw.consumed - before;
      for (const record of input.records) {
        record.order = this.order++;
        this.waiting.push(record);
      }
      input.records = [];
      for (const alert of input.alerts) this.onAlert?.(alert);
      input.alerts = [];
      if (input.ended) this.retire(input);
    }
  }

  /** The input that has come least far, opened when it is due. */
  private async behind(): Promise<RecordInput | undefined> {
    let least: RecordInput | undefined;
    for (const input of this.open) if (!least || input.newest < least.newest) least = input;
    const next = this.pending[0];
    if (!next || (least && least.newest < next.first)) return least;
    this.pending.shift();
    const raw = next.raw ?? (await RawSource.open(next.path));
    const input = new RecordInput(raw, next.kind);
    this.consumed += raw.consumed;
    this.places.set(input, next.index);
    this.open.push(input);
    return input;
  }

  private retire(input: RecordInput): void {
    this.open.splice(this.open.indexOf(input), 1);
    this.done.set(this.places.get(input)!, input.describe());
  }

  addUnreadable(index: number, path: string, error: InputError): void {
    const summary = summaryOf(path, '', null);
    const message = `${WARNINGS['unreadable-input'].text} (${error.message})`;
    this.done.set(index, { ...summary, warnings: [{ code: 'unreadable-input', message, offset: 0, count: 1 }] });
  }

  progress(): { bytes: number; total: number } {
    return { bytes: this.consumed, total: this.total };
  }

  /** One an input, in the order they were named; complete at the end. */
  summaries(): InputSummary[] {
    const all = new Map(this.done);
    for (const input of this.open) all.set(this.places.get(input)!, input.describe());
    for (const { index, path, kind } of this.pending) all.set(index, summaryOf(path, kind.format.id, kind.compression));
    return [...all].sort(([a], [b]) => a - b).map(([, summary]) => summary);
  }

  async close(): Promise<void> {
    for (const { raw } of this.pending) await raw?.close();
    for (const input of this.open) await input.close();
  }
}

/**
 * Brings flows of a running session into the store as they end: an incident can be followed to its flows at once, a crash
 * costs the last seconds, and little is left to be written at the end. Bounded work: what is too much for one second
 * waits for the end of the session.
 */
import type { FlowScores } from '../../../detect/detectors/triage.ts';
import type { Store } from '../../../keep/store/types.ts';
import { makeFlowBatch, type FlowBatch } from '../../../meter/flows/types.ts';
import type { HostTable } from '../../../meter/hosts.ts';
import { CHUNK_ROWS, copyRows } from '../../pipeline/flow-log.ts';
import { flowRows } from '../import/keeper.ts';

/** Flows are written this often, ms, and so many at once: about a fifth of what the store takes. */
const EVERY_MS = 1000;
const ROWS = 2048;
/** Addresses written at once; a flood of forged ones is caught up with. */
const HOSTS = 4096;
/** Flows removed at once, of those that are kept no longer. */
const REMOVED = 2048;
/** Of a session that keeps all flows, those of which it is known what was written. */
const REMEMBERED = 262_144;
/** Flows that ended and were not (yet) written. */
const UNWRITTEN = 2;

type WriterStore = Pick<Store, 'addFlows' | 'addHosts' | 'removeFlows'>;

export interface FlowWriterOptions {
  store: WriterStore;
  capture: number;
  hosts: HostTable;
  /** Flows that the session keeps (`flowLimit`): older ones are removed again. Infinity: all. */
  keeps: number;
  onStored: () => void;
  /** They cannot be written; told once. What was not written is tried again at the end of the session. */
  onFailure: (error: unknown) => void;
}

export class FlowWriter {
  private readonly options: FlowWriterOptions;
  /** What was written of the latest flows, by how many ended before: modulo their number. */
  private readonly id: Float64Array;
  private readonly score: Float32Array;
  private readonly anomalous: Uint8Array;
  private readonly batch = makeFlowBatch(ROWS);
  private readonly batchScore = new Float32Array(ROWS);
  private readonly batchAnomalous = new Uint8Array(ROWS);
  /** How many flows ended before the first of the batch. */
  private batchAt = 0;
  /** Flows that ended so far. */
  private ended = 0;
  /** Of those that are kept no longer, what is still to be removed. */
  private gone: number[] = [];
  /** The first host that was not written. */
  private nextHost = 1;
  private timer: NodeJS.Timeout | undefined;
  private writing: Promise<void> | undefined;
  private failed = false;

  constructor(options: FlowWriterOptions) {
    this.options = options;
    // The log of flows forgets by whole chunks: whatever is overwritten here is gone there.
    const kept = Number.isFinite(options.keeps) ? options.keeps : REMEMBERED;
    const places = (Math.ceil(kept / CHUNK_ROWS) + 1) * CHUNK_ROWS;
    this.id = new Float64Array(places);
    this.score = new Float32Array(places);
    this.anomalous = new Uint8Array(places).fill(UNWRITTEN);
  }

  /** Flows that ended, with their scores where they have any. */
  take(flows: FlowBatch, scores: FlowScores | undefined): void {
    for (let row = 0; row < flows.count; row++) this.make(this.ended + row);
    const { batch } = this;
    if (batch.count === 0) this.batchAt = this.ended;
    // Rows of a batch follow each other: after some were passed over, it is full.
    const room = this.batchAt + batch.count === this.ended ? Math.min(ROWS - batch.count, flows.count) : 0;
    for (let row = 0; row < room; row++) {
      this.batchScore[batch.count + row] = scores ? scores.score[row]! : NaN;
      this.batchAnomalous[batch.count + row] = scores ? scores.anomalous[row]! : 0;
    }
    if (room > 0) copyRows(flows, 0, room, batch);
    this.ended += flows.count;
    this.timer ??= setTimeout(() => this.flush(), EVERY_MS);
  }

  /** No more flows come: waits for what is being written, and removes all that the session keeps no longer. */
  async end(forgotten: number): Promise<void> {
    clearTimeout(this.timer);
    this.batch.count = 0;
    await this.writing;
    if (this.failed) return;
    for (let at = Math.max(0, this.ended - this.id.length); at < forgotten; at++) this.remove(at % this.id.length);
    const { store, capture } = this.options;
    while (this.gone.length > 0) await store.removeFlows(capture, Float64Array.from(this.gone.splice(-REMOVED)));
  }

  /** Whether these flows, `at` of which ended before, are in the store with these scores. */
  isStored(batch: FlowBatch, scores: FlowScores | undefined, at: number): boolean {
    if (at < this.ended - this.id.length) return false;
    for (let row = 0; row < batch.count; row++) {
      const place = (at + row) % this.id.length;
      const score = scores ? scores.score[row]! : NaN;
      if (this.id[place] !== batch.columns.id[row] || this.anomalous[place] !== (scores?.anomalous[row] ?? 0))
        return false;
      if (!Object.is(this.score[place], score)) return false;
    }
    return true;
  }

  /** Place for one more: what lay there is kept no longer. */
  private make(at: number): void {
    this.remove(at % this.id.length);
  }

  private remove(place: number): void {
    if (this.anomalous[place] !== UNWRITTEN) this.letGo(this.id[place]!);
    this.anomalous[place] = UNWRITTEN;
  }

  private letGo(id: number): void {
    if (Number.isFinite(this.options.keeps)) this.gone.push(id);
  }

  private flush(): void {
    this.timer = undefined;
    if (this.failed) return;
    if (this.writing) {
      // The store has other work: these wait in turn.
      this.timer = setTimeout(() => this.flush(), EVERY_MS);
      return;
    }
    this.writing = this.write()
      .catch((error: unknown) => this.fail(error))
      .finally(() => (this.writing = undefined));
  }

  private async write(): Promise<void> {
    const { store, capture, onStored } = this.options;
    const { batch, batchAt } = this;
    const count = batch.count;
    const scores = { score: this.batchScore.slice(0, count), anomalous: this.batchAnomalous.slice(0, count) };
    const rows = count > 0 ? flowRows(batch, scores) : undefined;
    const ids = batch.columns.id.slice(0, count);
    batch.count = 0;
    batch.meta = [];
    const gone = this.gone.splice(0, REMOVED);
    await this.writeHosts();
    if (rows) await store.addFlows(capture, rows);
    for (let row = 0; row < count; row++)
      this.note(batchAt + row, ids[row]!, scores.score[row]!, scores.anomalous[row]!);
    if (gone.length > 0) await store.removeFlows(capture, Float64Array.from(gone));
    if (rows) onStored();
  }

  private note(at: number, id: number, score: number, anomalous: number): void {
    const place = at % this.id.length;
    // So many came meanwhile that another has its place.
    if (at < this.ended - this.id.length) {
      this.letGo(id);
      return;
    }
    this.id[place] = id;
    this.score[place] = score;
    this.anomalous[place] = anomalous;
  }

  /** Addresses that flows name; what is said about them comes at the end. */
  private async writeHosts(): Promise<void> {
    const { store, capture, hosts } = this.options;
    const from = this.nextHost;
    const to = Math.min(hosts.size + 1, from + HOSTS);
    if (to <= from) return;
    const unjudged = { risk: 0, flows: 0, bytesOut: 0, bytesIn: 0, roles: [], incidents: [] };
    const rows = Array.from({ length: to - from }, (_, i) => {
      const host = from + i;
      const words = hosts.words.slice(host * 4, host * 4 + 4);
      return { host, address: hosts.address(host), words, ...unjudged };
    });
    this.nextHost = to;
    await store.addHosts(capture, rows);
  }

  private fail(error: unknown): void {
    if (this.failed) return;
    this.failed = true;
    this.options.onFailure(error);
  }
}

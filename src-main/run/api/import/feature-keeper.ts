/**
 * Keeps features of flows beside a capture, for models to be trained on later (flows as they are kept do not have them all): of
 * a sample of the flows, and of those that incidents are about.
 */
import { schemaId } from '../../../../src-shared/features/schema.ts';
import { extractInto, FEATURE_COUNT } from '../../../detect/features/extract.ts';
import { FlowSample } from '../../../detect/features/sample.ts';
import type { FeatureRows, Store } from '../../../keep/store/types.ts';
import type { FlowBatch } from '../../../meter/flows/types.ts';

/** Flows of a capture, of an hour of a running one, and of one incident; incidents whose flows are kept. */
const SAMPLE = 12_000;
const AN_HOUR = 1000;
const OF_INCIDENT = 300;
const INCIDENTS = 300;
const HOUR_S = 3600;
/** Flows that ended lately, among which those of an incident are looked for as it opens. */
const RECENT = 8192;
const SEED = 1;

const SCHEMA = schemaId();

function rowsOf(sample: FlowSample): FeatureRows {
  const { ids, owners, data } = sample.take();
  return { ids, secs: owners, rows: data };
}

/** Features of whole captures, once they are judged. */
export class FeatureKeeper {
  private readonly sample = new FlowSample(SAMPLE, FEATURE_COUNT, SEED);
  private readonly wanted: ReadonlySet<number>;
  private readonly ids: number[] = [];
  private readonly secs: number[] = [];
  private readonly rows: Float32Array[] = [];
  private readonly row = new Float32Array(FEATURE_COUNT);

  /** `incidents`: ids of the flows of each, gravest first. */
  constructor(incidents: readonly { flowIds: ReadonlySet<number> }[]) {
    this.wanted = new Set(incidents.slice(0, INCIDENTS).flatMap(({ flowIds }) => [...flowIds].slice(0, OF_INCIDENT)));
  }

  /** Flows whose context was filled. */
  add(batch: FlowBatch): void {
    const { id, sec } = batch.columns;
    for (let r = 0; r < batch.count; r++) {
      const isWanted = this.wanted.has(id[r]!);
      const isSampled = this.sample.wants(id[r]!);
      if (!isWanted && !isSampled) continue;
      extractInto(batch, this.row, 0, r, r + 1);
      if (isSampled) this.sample.add(id[r]!, this.row, 0, sec[r]!);
      if (!isWanted) continue;
      this.ids.push(id[r]!);
      this.secs.push(sec[r]!);
      this.rows.push(this.row.slice());
    }
  }

  /** Writes them. */
  async store(store: Pick<Store, 'addFeatures'>, capture: number): Promise<void> {
    const sampled = rowsOf(this.sample);
    if (sampled.ids.length > 0) await store.addFeatures(capture, SCHEMA, sampled);
    if (this.ids.length === 0) return;
    const rows = new Float32Array(this.rows.length * FEATURE_COUNT);
    this.rows.forEach((row, i) => rows.set(row, i * FEATURE_COUNT));
    await store.addFeatures(capture, SCHEMA, {
      ids: Float64Array.from(this.ids),
      secs: Float64Array.from(this.secs),
      rows,
    });
  }
}

export interface LiveFeaturesOptions {
  store: Pick<Store, 'addFeatures'>;
  capture: number;
  /** They cannot be written: nothing more is tried. */
  onFailure: (error: unknown) => void;
}

/** Features while a capture runs, which may be for months: hour by hour, and of incidents as they open and grow. */
export class LiveFeatures {
  private readonly options: LiveFeaturesOptions;
  private sample = new FlowSample(AN_HOUR, FEATURE_COUNT, SEED);
  private hour = NaN;
  private readonly recent = new Float32Array(RECENT * FEATURE_COUNT);
  private readonly recentSec = new Float64Array(RECENT);
  /** Flow number to its place among the recent ones. */
  private readonly places = new Map<number, number>();
  private readonly recentIds = new Float64Array(RECENT).fill(-1);
  private next = 0;
  private failed = false;
  private writing: Promise<void> = Promise.resolve();

  constructor(options: LiveFeaturesOptions) {
    this.options = options;
  }

  /** Flows that ended, with their context. */
  take(flows: FlowBatch): void {
    const { id, sec } = flows.columns;
    for (let r = 0; r < flows.count; r++) {
      const at = this.next;
      this.next = (this.next + 1) % RECENT;
      this.places.delete(this.recentIds[at]!);
      this.places.set(id[r]!, at);
      this.recentIds[at] = id[r]!;
      this.recentSec[at] = sec[r]!;
      extractInto(flows, this.recent, at * FEATURE_COUNT, r, r + 1);
      const hour = Math.floor(sec[r]! / HOUR_S);
      if (hour > this.hour) this.flush();
      if (!(hour <= this.hour)) this.hour = hour;
      if (this.sample.wants(id[r]!)) this.sample.add(id[r]!, this.recent, at * FEATURE_COUNT, sec[r]!);
    }
  }

  /** Those of an incident that ended lately. */
  incident(flows: ReadonlySet<number>): void {
    const found: number[] = [];
    for (const id of flows) {
      const at = this.places.get(id);
      if (at !== undefined && found.length < OF_INCIDENT) found.push(at);
    }
    if (found.length === 0) return;
    const rows = new Float32Array(found.length * FEATURE_COUNT);
    found.forEach((at, i) =>
      rows.set(this.recent.subarray(at * FEATURE_COUNT, (at + 1) * FEATURE_COUNT), i * FEATURE_COUNT),
    );
    const ids = Float64Array.from(found, (at) => this.recentIds[at]!);
    this.write({ ids, secs: Float64Array.from(found, (at) => this.recentSec[at]!), rows });
  }

  /** Writes what there is; waits for what is being written. */
  async end(): Promise<void> {
    this.flush();
    await this.writing;
  }

  private flush(): void {
    const rows = rowsOf(this.sample);
    this.sample = new FlowSample(AN_HOUR, FEATURE_COUNT, SEED);
    if (rows.ids.length > 0) this.write(rows);
  }

  private write(rows: FeatureRows): void {
    if (this.failed) return;
    const { store, capture, onFailure } = this.options;
    this.writing = this.writing
      .then(() => store.addFeatures(capture, SCHEMA, rows))
      .catch((error: unknown) => {
        if (!this.failed) onFailure(error);
        this.failed = true;
      });
  }
}

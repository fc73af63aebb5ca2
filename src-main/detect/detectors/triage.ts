/**
 * Scores the flows of one run: what a model says of them (the prior), and, offline, what detectors fitted to a sample of
 * the capture itself say. README.md beside this file is the contract with the pipeline.
 *
 * Cascade: the statistics look at every row. Where none of them finds it rarer than one in ten, the row is plainly
 * ordinary and only they decide; the forest and the autoencoder look at the others. Rows that equal one seen lately in
 * every feature (floods, scans) take its scores. Neither depends on batches or order.
 */
import type { FlowBatch, FlowEventBatch } from '../../meter/flows/types.ts';
import { ContextTracker } from '../features/context.ts';
import { extractInto, FEATURE_COUNT } from '../features/extract.ts';
import { HostUsual } from '../features/host-usual.ts';
import { FlowSample, type SampledRows } from '../features/sample.ts';
import { Scaler } from '../features/scaler.ts';
import type { DetectorSnapshot, DetectorStatus } from '../types.ts';
import { scoreOf } from './calibration.ts';
import { fitCaptureSample, type CaptureModel } from './capture-model.ts';
import { checkSchema, type Model } from './model.ts';
import { RowMemory } from './row-memory.ts';
import type { Background } from './shapley.ts';
import { StagedSuite } from './staged.ts';
import { Suite } from './suite.ts';

/** Fewer flows than this say nothing about what is usual in a capture. */
export const MINIMUM_FLOWS = 64;
/** Flows of the capture that its own detectors learn from. */
export const SAMPLE_ROWS = 20_000;
/** Share of ordinary flows that may be called anomalous. */
export const FALSE_ALARM_SHARE = 0.001;
/** Surprise (−log10 p) from which a row is not plainly ordinary. */
export const ESCALATION = 1;
/** How much the capture's own detectors count against the model. */
const CAPTURE_WEIGHT = 0.6;
/** A flow is no anomaly of a capture in which more than this share is as unusual. */
const MOST_OF_CAPTURE = 0.01;
const BLOCK = 1024;
/** Rows of the capture's sample that explanations by sampling take as ordinary. */
export const BACKGROUND_ROWS = 32;

export type ScorerMode = 'offline' | 'causal';

export interface ScorerOptions {
  model: Model;
  seed: number;
  mode: ScorerMode;
  falseAlarmShare?: number;
  sampleRows?: number;
  /** A scorer of another model whose place this one takes: it goes on with what that one knows of the flows that run. */
  after?: Scorer;
}

/** One entry a row of the batch; the arrays are overwritten by the next call of `score`. */
export interface FlowScores {
  count: number;
  score: Float32Array;
  /** −log10 of the ensemble's tail probability. */
  surprise: Float32Array;
  anomalous: Uint8Array;
  detectors: readonly string[];
  /** NaN where a detector did not look at the row. */
  perDetector: Float32Array[];
}

export interface DetectorReport {
  id: string;
  status: DetectorStatus;
  flowsScored: number;
  backend: string;
}

/** Everything an equal scorer needs, for another thread. */
export interface ScorerState {
  seed: number;
  mode: ScorerMode;
  falseAlarmShare: number;
  flowsSeen: number;
  capture:
    { centre: Float64Array; spread: Float64Array; suite: DetectorSnapshot[]; background: Background } | undefined;
}

/** A row as the detectors saw it: for explanations. */
export interface PreparedRow {
  raw: Float32Array;
  model: Float32Array;
  capture: Float32Array | undefined;
  escalated: boolean;
}

/** Share of false alarms a flow that a budget of alarms a day on a network of so many flows a day allows. */
export function shareForBudget(perDay: number, flowsPerDay: number): number {
  return Math.min(0.01, Math.max(1e-6, perDay / Math.max(1, flowsPerDay)));
}

export class Scorer {
  readonly model: Model;
  readonly seed: number;
  readonly mode: ScorerMode;
  /** Tail probability at or below which a flow is anomalous. */
  readonly threshold: number;
  capture: CaptureModel | undefined;
  /** Rows of the capture as the model sees them; undefined where nothing was learned from it. */
  background: Background | undefined;
  private readonly context: ContextTracker;
  private readonly sample: FlowSample;
  private readonly prior: StagedSuite;
  private own: StagedSuite | undefined;
  private flowsSeen: number;
  private finished = false;
  private sampled: SampledRows | undefined;
  private result: FlowScores | undefined;
  private readonly raw = new Float32Array(BLOCK * FEATURE_COUNT);
  private readonly prepared: Float32Array;
  private readonly scaled: Float32Array;
  private readonly scaledOwn: Float32Array;
  private memory: RowMemory | undefined;

  constructor({ model, seed, mode, after, ...options }: ScorerOptions) {
    const { falseAlarmShare = FALSE_ALARM_SHARE, sampleRows = SAMPLE_ROWS } = options;
    checkSchema(model.description);
    this.context = after?.context ?? new ContextTracker();
    this.flowsSeen = after?.flowsSeen ?? 0;
    this.model = model;
    this.seed = seed;
    this.mode = mode;
    this.threshold = falseAlarmShare;
    this.sample = new FlowSample(sampleRows, FEATURE_COUNT, seed);
    const { width } = model.preparation;
    this.prepared = new Float32Array(BLOCK * width);
    this.scaled = new Float32Array(BLOCK * width);
    this.scaledOwn = new Float32Array(BLOCK * width);
    this.prior = new StagedSuite(model.suite, BLOCK);
  }

  /** Pass 1: takes in events, fills the context of ended flows, samples them. */
  observe(events: FlowEventBatch, flows: FlowBatch): void {
    this.context.observeEvents(events);
    this.context.fill(flows);
    this.flowsSeen += flows.count;
    if (this.mode === 'offline') this.sampleRows(flows);
  }

  private sampleRows(flows: FlowBatch): void {
    const { id, origHost } = flows.columns;
    for (let row = 0; row < flows.count; row++) {
      if (!this.sample.wants(id[row]!)) continue;
      extractInto(flows, this.raw, 0, row, row + 1);
      this.sample.add(id[row]!, this.raw, 0, origHost[row]!);
    }
  }

  /** End of the input. Offline: learns from the sample. */
  finish(): void {
    if (this.finished) return;
    this.finished = true;
    if (this.mode !== 'offline' || this.flowsSeen < MINIMUM_FLOWS) return;
    const sample = this.sample.take();
    this.background = this.backgroundOf(sample.data, sample.rows);
    this.sampled = sample;
    this.adopt(fitCaptureSample(this.model.preparation, sample, this.seed));
  }

  /** What is usual for single hosts of the capture, but for flows to leave out; undefined where none were sampled. */
  hostUsual(leaveOut: (flow: number, host: number) => boolean): HostUsual | undefined {
    return this.sampled && new HostUsual(this.sampled, leaveOut);
  }

  /** Evenly spread over the sample, prepared and scaled as the model's rows are. */
  private backgroundOf(sample: Float32Array, available: number): Background {
    const { preparation, scaler } = this.model;
    const rows = Math.min(BACKGROUND_ROWS, available);
    const raw = new Float32Array(rows * FEATURE_COUNT);
    for (let i = 0; i < rows; i++) {
      const from = Math.floor((i * available) / rows) * FEATURE_COUNT;
      raw.set(sample.subarray(from, from + FEATURE_COUNT), i * FEATURE_COUNT);
    }
    const data = new Float32Array(rows * preparation.width);
    preparation.into(raw, rows, data);
    scaler.apply(data, rows, data);
    return { rows, data };
  }

  private adopt(capture: CaptureModel): void {
    this.capture = capture;
    this.memory = undefined;
    if (capture.suite.ready) this.own = new StagedSuite(capture.suite, BLOCK);
  }

  /** For the report's `status`. */
  status(): DetectorStatus {
    if (this.flowsSeen < MINIMUM_FLOWS) return 'insufficient';
    return 'scored';
  }

  /** Ids in the order of `FlowScores.perDetector`. */
  get detectorIds(): readonly string[] {
    const own = this.own?.members.map(({ entry }) => `capture:${entry.id}`) ?? [];
    return [...this.prior.members.map(({ entry }) => entry.id), ...own];
  }

  /** Scores a batch whose context was filled. 2 to 3 µs a flow. */
  score(batch: FlowBatch): FlowScores {
    const result = this.room(batch.count);
    for (let first = 0; first < batch.count; first += BLOCK) {
      const some = Math.min(BLOCK, batch.count - first);
      this.prepare(batch, first, some);
      this.scoreBlock(first, some, result);
    }
    return result;
  }

  /** Scores rows of features as `extractFeatures` gives them: the same numbers as `score` of their batch. */
  scoreRows(rows: Float32Array, count: number): FlowScores {
    const result = this.room(count);
    for (let first = 0; first < count; first += BLOCK) {
      const some = Math.min(BLOCK, count - first);
      this.raw.set(rows.subarray(first * FEATURE_COUNT, (first + some) * FEATURE_COUNT));
      this.prepareRaw(some);
      this.scoreBlock(first, some, result);
    }
    return result;
  }

  /** Counts what an equal scorer on another thread has scored, for the report. */
  countScored({ count, perDetector }: FlowScores): void {
    const members = [...this.prior.members.map((m) => [this.prior, m] as const)];
    for (const m of this.own?.members ?? []) members.push([this.own!, m]);
    for (const [i, [suite, { entry }]] of members.entries()) {
      let scored = 0;
      for (let row = 0; row < count; row++) if (!Number.isNaN(perDetector[i]![row]!)) scored++;
      suite.flowsScored.set(entry.id, (suite.flowsScored.get(entry.id) ?? 0) + scored);
    }
  }

  /** What is scored from now on is what the report counts: a live capture scores flows as they end, and all at the end. */
  countAnew(): void {
    this.prior.flowsScored.clear();
    this.own?.flowsScored.clear();
  }

  private room(count: number): FlowScores {
    if (!this.result || this.result.score.length < count || this.result.detectors.length !== this.detectorIds.length) {
      const detectors = this.detectorIds;
      this.result = {
        count,
        score: new Float32Array(count),
        surprise: new Float32Array(count),
        anomalous: new Uint8Array(count),
        detectors,
        perDetector: detectors.map(() => new Float32Array(count)),
      };
    }
    this.result.count = count;
    return this.result;
  }

  private prepare(batch: FlowBatch, first: number, count: number): void {
    extractInto(batch, this.raw, 0, first, first + count);
    this.prepareRaw(count);
  }

  private prepareRaw(count: number): void {
    const { preparation, scaler } = this.model;
    preparation.into(this.raw, count, this.prepared);
    scaler.apply(this.prepared, count, this.scaled);
    if (this.capture && this.own) this.capture.scaler.apply(this.prepared, count, this.scaledOwn);
  }

  private scoreBlock(first: number, count: number, result: FlowScores): void {
    const { prior, own } = this;
    prior.first(this.scaled, count);
    own?.first(this.scaledOwn, count);
    const { width } = this.model.preparation;
    const seconds = prior.secondCount + (own?.secondCount ?? 0);
    this.memory ??= new RowMemory(width, seconds);
    this.memory.select(this.prepared, count, (row) => this.isUnusual(row));
    prior.second(this.scaled, this.memory, 0, seconds);
    own?.second(this.scaledOwn, this.memory, prior.secondCount, seconds);
    prior.combine(this.memory, count, 0);
    own?.combine(this.memory, count, prior.secondCount);
    this.memory.remember();
    this.write(first, count, result);
  }

  private isUnusual(row: number): boolean {
    return this.prior.most[row]! >= ESCALATION || (this.own !== undefined && this.own.most[row]! >= ESCALATION);
  }

  private write(first: number, count: number, result: FlowScores): void {
    const { prior, own } = this;
    const enough = this.flowsSeen >= MINIMUM_FLOWS;
    const limit = -Math.log10(this.threshold);
    const limitOwn = -Math.log10(MOST_OF_CAPTURE);
    for (let r = 0; r < count; r++) {
      const ofCapture = own ? own.ensemble[r]! : prior.ensemble[r]!;
      const surprise = own ? (1 - CAPTURE_WEIGHT) * prior.ensemble[r]! + CAPTURE_WEIGHT * ofCapture : ofCapture;
      result.surprise[first + r] = surprise;
      result.score[first + r] = scoreOf(surprise);
      result.anomalous[first + r] = enough && surprise >= limit && ofCapture >= limitOwn ? 1 : 0;
    }
    prior.write(result.perDetector, 0, first, count);
    own?.write(result.perDetector, prior.members.length, first, count);
  }

  /** One flow's rows as the detectors see them. */
  rowOf(batch: FlowBatch, row: number): PreparedRow {
    extractInto(batch, this.raw, 0, row, row + 1);
    return this.preparedRow();
  }

  /** The same of a row of features as `extractFeatures` gives it. */
  rowOfFeatures(features: Float32Array): PreparedRow {
    this.raw.set(features);
    return this.preparedRow();
  }

  private preparedRow(): PreparedRow {
    const { width } = this.model.preparation;
    this.prepareRaw(1);
    this.prior.first(this.scaled, 1);
    this.own?.first(this.scaledOwn, 1);
    return {
      raw: this.raw.slice(0, FEATURE_COUNT),
      model: this.scaled.slice(0, width),
      capture: this.own && this.scaledOwn.slice(0, width),
      escalated: this.isUnusual(0),
    };
  }

  /** How much the model and the capture's own detectors count. */
  get weights(): { model: number; capture: number } {
    return this.own ? { model: 1 - CAPTURE_WEIGHT, capture: CAPTURE_WEIGHT } : { model: 1, capture: 0 };
  }

  /** For the report's `detectors`. */
  detectorReport(): DetectorReport[] {
    const capture = this.capture?.suite.members ?? [];
    const scored = (suite: StagedSuite | undefined, id: string): number => suite?.flowsScored.get(id) ?? 0;
    return [
      ...this.model.suite.members.map(({ entry, detector }) => ({
        id: entry.id,
        status: detector.status,
        flowsScored: scored(this.prior, entry.id),
        backend: detector.backend,
      })),
      ...capture.map(({ entry, detector }) => ({
        id: `capture:${entry.id}`,
        status: detector.status,
        flowsScored: scored(this.own, entry.id),
        backend: detector.backend,
      })),
    ];
  }

  /** After `finish`: plain data for another thread, which needs the model besides. */
  state(): ScorerState {
    const { capture } = this;
    return {
      seed: this.seed,
      mode: this.mode,
      falseAlarmShare: this.threshold,
      flowsSeen: this.flowsSeen,
      capture: capture && {
        centre: capture.scaler.centre,
        spread: capture.scaler.spread,
        suite: capture.suite.snapshots(),
        background: this.background ?? { rows: 0, data: new Float32Array(0) },
      },
    };
  }

  /** An equal scorer from `state`; it can score at once. */
  static fromState(model: Model, state: ScorerState): Scorer {
    const scorer = new Scorer({ model, seed: state.seed, mode: state.mode, falseAlarmShare: state.falseAlarmShare });
    scorer.flowsSeen = state.flowsSeen;
    scorer.finished = true;
    if (state.capture) {
      const { columns } = model.preparation;
      if (state.capture.background.rows > 0) scorer.background = state.capture.background;
      const scaler = new Scaler(columns, state.capture.centre, state.capture.spread);
      scorer.adopt({ scaler, suite: Suite.restore(state.capture.suite, columns) });
    }
    return scorer;
  }
}

/** @throws ModelError 'model-features' when the model does not fit this version's features. */
export function createScorer(options: ScorerOptions): Scorer {
  return new Scorer(options);
}

/** @throws ModelError, RangeError when model and state do not fit. */
export function scorerFromState(model: Model, state: ScorerState): Scorer {
  return Scorer.fromState(model, state);
}

/**
 * The packet-12 preset: a published per-packet method, built to be compared with. Twelve features of a packet (features.ts),
 * an autoencoder 128-64-32-16 with batch normalisation, dropout and L2, an isolation forest of 150 trees at contamination
 * 0.05, and weighted criteria (criteria.ts). Learns from the first 20,000 packets, every fifth of which is held back for
 * thresholds and calibration; the score is the sum of the weights. Learning takes tens of seconds of tfjs: not for live use.
 */
import { PROTO, type PacketBatch, type SegmentBatch } from '../../../meter/packets/types.ts';
import { fitScaler, type Scaler } from '../../features/scaler.ts';
import { quantile } from '../../features/summary.ts';
import type { DetectorStatus, FeatureMatrix } from '../../types.ts';
import { AutoencoderDetector } from '../autoencoder/detector.ts';
import { IsolationForestDetector } from '../forest/detector.ts';
import { outermost } from '../packets/rows.ts';
import {
  UNUSUAL,
  type PacketDetector,
  type PacketDetectorOptions,
  type PacketDetectorReport,
} from '../packets/types.ts';
import { Criteria, MOST_WEIGHT } from './criteria.ts';
import { FEATURES, fillFeatures, SHORTCUTS } from './features.ts';

export const LEAST_PACKETS = 20_000;
/** Share of ordinary packets that the thresholds of forest and autoencoder are set to call unusual. */
export const CONTAMINATION = 0.05;
const HELD_EVERY = 5;
const EPOCHS = 15;
const DROPOUT = 0.2;
const L2 = 1e-4;
const SYN = 2;

export interface Packet12Options extends PacketDetectorOptions {
  /** Whether addresses and ports are among the features, as published (default true). */
  shortcuts?: boolean;
  epochs?: number;
}

interface Learned {
  scaler: Scaler;
  forest: IsolationForestDetector;
  forestThreshold: number;
  autoencoder: AutoencoderDetector;
  errorThreshold: number;
  /** Surprise of each weight, in halves. */
  calibration: Float64Array;
}

/** What the criteria need of each packet beside its scores: interval, port of a SYN, protocol. */
interface Facts {
  interval: Float64Array;
  synPort: Int32Array;
  protocol: Uint16Array;
}

const makeFacts = (rows: number): Facts => ({
  interval: new Float64Array(rows),
  synPort: new Int32Array(rows),
  protocol: new Uint16Array(rows),
});

export class Packet12 implements PacketDetector {
  readonly id: string;
  surprise = new Float32Array(0);
  /** Sum of the weights of each packet of the last batch; NaN where it was not scored. */
  weight = new Float32Array(0);
  private readonly names: readonly string[];
  private readonly needed: number;
  private readonly options: Packet12Options;
  /** What is learned from, until it was. */
  private sample: Float32Array;
  private sampleFacts: Facts;
  private criteria = new Criteria();
  /** Described packets of the batch in which learning ends, and where in it they stand. */
  private waiting = { count: 0, places: new Int32Array(0) };
  private learned: Learned | undefined;
  private status: DetectorStatus = 'learning';
  private seen = 0;
  private scored = 0;
  private unusual = 0;
  private before = NaN;
  private rows = new Int32Array(0);
  private batch = new Float32Array(0);
  private facts = makeFacts(0);

  constructor(options: Packet12Options) {
    this.options = options;
    const shortcuts = options.shortcuts ?? true;
    this.id = shortcuts ? 'packet-12' : 'packet-12-plain';
    this.names = shortcuts ? FEATURES : FEATURES.filter((name) => !SHORTCUTS.includes(name));
    this.needed = Math.max(LEAST_PACKETS, options.learnFrom ?? LEAST_PACKETS);
    this.sample = new Float32Array(this.needed * this.names.length);
    this.sampleFacts = makeFacts(this.needed);
  }

  observe(packets: PacketBatch, segments: SegmentBatch): void {
    const { count } = packets;
    if (this.surprise.length < count) this.grow(count);
    this.surprise.fill(NaN);
    this.weight.fill(NaN);
    this.rows = outermost(segments, count, this.rows);
    const places = new Int32Array(count);
    let taken = 0;
    for (let p = 0; p < count; p++) {
      const row = this.rows[p]!;
      if (row < 0) continue;
      if (this.seen < this.needed) {
        this.describe(packets, segments, p, row, this.sample, this.sampleFacts, this.seen);
      } else {
        this.describe(packets, segments, p, row, this.batch, this.facts, taken);
        places[taken++] = p;
      }
      this.seen++;
    }
    // What comes in the batch in which it has seen enough is scored once it has learned.
    if (this.learned) this.score(this.learned, taken, places);
    else this.waiting = { count: taken, places };
  }

  private grow(count: number): void {
    const room = count * 2;
    this.surprise = new Float32Array(room);
    this.weight = new Float32Array(room);
    this.batch = new Float32Array(room * this.names.length);
    this.facts = makeFacts(room);
  }

  private intervalOf({ columns: c }: SegmentBatch, row: number): number {
    const at = c.sec[row]! + c.nano[row]! * 1e-9;
    const interval = Number.isNaN(this.before) ? 0 : Math.max(0, at - this.before);
    this.before = at;
    return interval;
  }

  private describe(
    packets: PacketBatch,
    segments: SegmentBatch,
    packet: number,
    row: number,
    into: Float32Array,
    facts: Facts,
    at: number,
  ): void {
    const c = segments.columns;
    const interval = this.intervalOf(segments, row);
    fillFeatures(this.names, packets, segments, packet, row, interval, into, at * this.names.length);
    const isSyn = c.proto[row] === PROTO.TCP && (c.tcpFlags[row]! & SYN) !== 0;
    facts.interval[at] = interval;
    facts.synPort[at] = isSyn ? c.dstPort[row]! : -1;
    facts.protocol[at] = c.proto[row]!;
  }

  /** Forest's score (0…1, Liu et al. 2008) and reconstruction error of scaled rows. */
  private scores({ forest, autoencoder }: Pick<Learned, 'forest' | 'autoencoder'>, data: Float32Array, rows: number) {
    const path = new Float64Array(rows);
    const error = new Float64Array(rows);
    forest.raw(data, rows, path);
    autoencoder.raw(data, rows, error);
    return { score: path.map((x) => 2 ** x), error };
  }

  private score(learned: Learned, count: number, places: Int32Array): void {
    if (count === 0) return;
    const width = this.names.length;
    const data = this.batch.subarray(0, count * width);
    learned.scaler.apply(data, count);
    const { score, error } = this.scores(learned, data, count);
    for (let i = 0; i < count; i++) {
      const weight = this.judge(this.criteria, this.facts, i, score[i]!, error[i]!, learned);
      const surprise = learned.calibration[weight * 2]!;
      this.weight[places[i]!] = weight;
      this.surprise[places[i]!] = surprise;
      if (surprise >= UNUSUAL) this.unusual++;
    }
    this.scored += count;
  }

  private judge(
    criteria: Criteria,
    facts: Facts,
    i: number,
    score: number,
    error: number,
    { forestThreshold, errorThreshold }: Pick<Learned, 'forestThreshold' | 'errorThreshold'>,
  ): number {
    return criteria.next(
      facts.interval[i]!,
      facts.synPort[i]!,
      facts.protocol[i]!,
      score,
      forestThreshold,
      error,
      errorThreshold,
    );
  }

  async learn(): Promise<void> {
    if (this.learned || this.status !== 'learning' || this.seen < this.needed) return;
    const { seed } = this.options;
    const all: FeatureMatrix = { features: this.names, rows: this.needed, data: this.sample };
    const scaler = fitScaler(every(all, false));
    scaler.apply(all.data, all.rows);
    const [fit, held] = [every(all, false), every(all, true)];
    const forest = new IsolationForestDetector();
    forest.fitNow(fit, held, seed);
    const autoencoder = new AutoencoderDetector({ epochs: this.options.epochs ?? EPOCHS, dropout: DROPOUT, l2: L2 });
    await autoencoder.fit(fit, held, seed);
    const onHeld = this.scores({ forest, autoencoder }, held.data, held.rows);
    const thresholds = {
      forestThreshold: quantile(onHeld.score.sort(), 1 - CONTAMINATION),
      errorThreshold: quantile(onHeld.error.sort(), 1 - CONTAMINATION),
    };
    const calibration = surprises(this.heldWeights({ forest, autoencoder, ...thresholds }, all));
    this.learned = { scaler, forest, autoencoder, ...thresholds, calibration };
    this.status = 'scored';
    this.sample = new Float32Array(0);
    this.sampleFacts = makeFacts(0);
    this.score(this.learned, this.waiting.count, this.waiting.places);
  }

  /** The criteria go through everything that was learned from, in order; what they say of the rows held back counts. */
  private heldWeights(model: Omit<Learned, 'scaler' | 'calibration'>, all: FeatureMatrix): Float64Array {
    const { score, error } = this.scores(model, all.data, all.rows);
    this.criteria = new Criteria();
    const weights: number[] = [];
    for (let i = 0; i < all.rows; i++) {
      const weight = this.judge(this.criteria, this.sampleFacts, i, score[i]!, error[i]!, model);
      if (isHeld(i)) weights.push(weight);
    }
    return Float64Array.from(weights);
  }

  finish(): void {
    if (!this.learned) this.status = 'insufficient';
  }

  report(): PacketDetectorReport {
    const { id, status, seen, needed, scored, unusual } = this;
    return { id, status, backend: 'wasm', seen, needed, scored, unusual };
  }
}

/**
 * Surprise of 0, 0.5 … the greatest weight: the conformal tail probability among the rows held back, (1 + as heavy ones) /
 * (1 + all), as it is. Weights are few and many rows share them, so nothing is drawn between or beyond them.
 */
function surprises(held: Float64Array): Float64Array {
  return Float64Array.from({ length: MOST_WEIGHT * 2 + 1 }, (_, half) => {
    const asHeavy = held.reduce((n, weight) => n + (weight >= half / 2 ? 1 : 0), 0);
    return Math.max(0, -Math.log10((1 + asHeavy) / (1 + held.length)));
  });
}

const isHeld = (row: number): boolean => row % HELD_EVERY === HELD_EVERY - 1;

/** The rows held back, or the others. */
function every({ features, rows, data }: FeatureMatrix, held: boolean): FeatureMatrix {
  const width = features.length;
  const count = Array.from({ length: rows }, (_, r) => r).filter((r) => isHeld(r) === held);
  const out = new Float32Array(count.length * width);
  for (const [i, r] of count.entries()) out.set(data.subarray(r * width, (r + 1) * width), i * width);
  return { features, rows: count.length, data: out };
}

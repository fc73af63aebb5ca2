/**
 * Detectors that learned from the same rows, and their ensemble: the weighted mean of their surprises (the weighted
 * geometric mean of tail probabilities; Vovk & Wang 2020), calibrated again on the held-back rows, once for rows that only
 * the first stage looked at and once for rows that all did.
 */
import type { DetectorSnapshot, FeatureMatrix } from '../types.ts';
import { calibrate, TailCalibration } from './calibration.ts';
import type { CalibratedDetector, RawExplanation } from './detector.ts';
import { sampledShapley, type Background } from './shapley.ts';
import { DETECTORS, entryOf, type DetectorEntry, type TrainingOptions } from './registry.ts';

export interface Member {
  entry: DetectorEntry;
  detector: CalibratedDetector;
}

/** What a detector says to one row, in surprise. */
export interface MemberExplanation {
  id: string;
  weight: number;
  surprise: number;
  base: number;
  /** By column; sums to `surprise − base`. */
  contributions: Float64Array;
}

export interface SuiteExplanation {
  surprise: number;
  base: number;
  contributions: Float64Array;
  members: MemberExplanation[];
}

/** What detectors whose score is no sum of columns are explained by. */
export interface Sampling {
  background: Background;
  /** Feature of each column. */
  owner: Int32Array;
  /** Pairs of orders that are walked. */
  pairs: number;
  seed: number;
}

export class Suite {
  readonly members: readonly Member[];
  private ensembleFirst: TailCalibration | undefined;
  private ensembleAll: TailCalibration | undefined;

  constructor(members: readonly Member[]) {
    this.members = members;
  }

  /** Members that have learned. */
  get scoring(): readonly Member[] {
    return this.members.filter((member) => member.detector.calibration !== undefined);
  }

  get ready(): boolean {
    return this.ensembleFirst !== undefined;
  }

  ensemble(all: boolean): TailCalibration {
    const found = all ? this.ensembleAll : this.ensembleFirst;
    if (!found) throw new RangeError('the ensemble has not learned yet');
    return found;
  }

  /** After the members are fitted: calibrates the ensemble on the same held-back rows. */
  calibrateEnsemble(calibration: FeatureMatrix): void {
    const scoring = this.scoring;
    if (scoring.length === 0) return;
    const first = new Float64Array(calibration.rows);
    const all = new Float64Array(calibration.rows);
    const raw = new Float64Array(calibration.rows);
    const weights = { first: totalWeight(scoring, false), all: totalWeight(scoring, true) };
    for (const { entry, detector } of scoring) {
      detector.raw(calibration.data, calibration.rows, raw);
      for (let r = 0; r < calibration.rows; r++) {
        const surprise = detector.calibration!.at(raw[r]!) * entry.weight;
        if (entry.stage === 'first') first[r]! += surprise / weights.first;
        all[r]! += surprise / weights.all;
      }
    }
    this.ensembleFirst = calibrate(first, 'surprise');
    this.ensembleAll = calibrate(all, 'surprise');
  }

  /**
   * Why a scaled row has its surprise; `all`: with the second stage. With `sampling`, the autoencoder's part are sampled
   * Shapley values (a feature's in its first column), else its reconstruction error by column.
   */
  explain(row: Float32Array, all: boolean, sampling?: Sampling): SuiteExplanation {
    const used = this.scoring.filter((member) => all || member.entry.stage === 'first');
    const total = totalWeight(used, true);
    const members = used.map((member) => explainMember(member, row, sampling));
    const contributions = new Float64Array(row.length);
    let mean = 0;
    let meanBase = 0;
    for (const member of members) {
      const share = member.weight / total;
      mean += share * member.surprise;
      meanBase += share * member.base;
      for (let j = 0; j < contributions.length; j++) contributions[j]! += share * member.contributions[j]!;
    }
    const ensemble = this.ensemble(all);
    const surprise = ensemble.at(mean);
    const base = ensemble.at(meanBase);
    rescale(contributions, mean - meanBase, surprise - base);
    return { surprise, base, contributions, members };
  }

  snapshots(): DetectorSnapshot[] {
    const own: DetectorSnapshot = {
      id: 'ensemble',
      version: 1,
      head: { first: this.ensembleFirst?.tailScale ?? 0, all: this.ensembleAll?.tailScale ?? 0 },
      arrays: {
        ...(this.ensembleFirst && { firstKnots: this.ensembleFirst.knots, firstSurprise: this.ensembleFirst.surprise }),
        ...(this.ensembleAll && { allKnots: this.ensembleAll.knots, allSurprise: this.ensembleAll.surprise }),
      },
    };
    return [...this.members.map((member) => member.detector.snapshot()), own];
  }

  /** @throws RangeError when a snapshot is of an unknown detector or does not fit. */
  static restore(snapshots: readonly DetectorSnapshot[], columns: readonly string[]): Suite {
    const members: Member[] = [];
    let ensemble: DetectorSnapshot | undefined;
    for (const snapshot of snapshots) {
      if (snapshot.id === 'ensemble') {
        ensemble = snapshot;
        continue;
      }
      const entry = entryOf(snapshot.id);
      if (!entry) throw new RangeError(`unknown detector ${snapshot.id}`);
      const detector = entry.create({});
      detector.restore(snapshot, columns);
      members.push({ entry, detector });
    }
    const suite = new Suite(members);
    suite.ensembleFirst = restoreCalibration(ensemble, 'first');
    suite.ensembleAll = restoreCalibration(ensemble, 'all');
    return suite;
  }
}

function restoreCalibration(snapshot: DetectorSnapshot | undefined, name: string): TailCalibration | undefined {
  const knots = snapshot?.arrays[`${name}Knots`];
  const surprise = snapshot?.arrays[`${name}Surprise`];
  const scale = snapshot?.head[name];
  if (!(knots instanceof Float64Array) || !(surprise instanceof Float64Array) || typeof scale !== 'number')
    return undefined;
  return new TailCalibration(knots, surprise, scale, 'surprise');
}

function totalWeight(members: readonly Member[], all: boolean): number {
  let sum = 0;
  for (const { entry } of members) if (all || entry.stage === 'first') sum += entry.weight;
  return sum;
}

/** Makes parts that sum to `from` sum to `to`. */
/** Parts that sum to `from`, so that they sum to `to`. */
export function rescale(parts: Float64Array, from: number, to: number): void {
  const factor = Math.abs(from) < 1e-12 ? 0 : to / from;
  for (let j = 0; j < parts.length; j++) parts[j]! *= factor;
}

/** Sampled Shapley values of a detector's raw score. */
export function explainBySampling(
  detector: CalibratedDetector,
  row: Float32Array,
  { background, owner, pairs, seed }: Sampling,
): RawExplanation & { errors: Float64Array } {
  const scoreRows = (data: Float32Array, rows: number): Float64Array => {
    const out = new Float64Array(rows);
    detector.raw(data, rows, out);
    return out;
  };
  const { base, score, values, errors } = sampledShapley(scoreRows, row, background, owner, { pairs, seed });
  const contributions = new Float64Array(owner.length);
  for (let j = owner.length - 1; j >= 0; j--) if (owner[j - 1] !== owner[j]) contributions[j] = values[owner[j]!]!;
  return { base, score, contributions, errors };
}

function explainMember({ entry, detector }: Member, row: Float32Array, sampling?: Sampling): MemberExplanation {
  const raw = entry.sampled && sampling ? explainBySampling(detector, row, sampling) : detector.explainRow(row);
  const surprise = detector.calibration!.at(raw.score);
  const base = detector.calibration!.at(raw.base);
  rescale(raw.contributions, raw.score - raw.base, surprise - base);
  return { id: entry.id, weight: entry.weight, surprise, base, contributions: raw.contributions };
}

/** All detectors, fitted to scaled rows; trains the autoencoder too, which takes minutes. */
export async function fitSuite(
  training: FeatureMatrix,
  calibration: FeatureMatrix,
  seed: number,
  options: TrainingOptions = {},
): Promise<Suite> {
  const suite = new Suite(DETECTORS.map((entry) => ({ entry, detector: entry.create(options) })));
  for (const { detector } of suite.members) await detector.fit(training, calibration, seed);
  suite.calibrateEnsemble(calibration);
  return suite;
}

interface FitsAtOnce {
  fitNow(training: FeatureMatrix, calibration: FeatureMatrix, seed: number): void;
}

/** The light detectors, fitted at once to a sample of a capture: under a second for 20,000 rows. */
export function fitCaptureSuite(training: FeatureMatrix, calibration: FeatureMatrix, seed: number): Suite {
  const light = DETECTORS.filter((entry) => entry.fitsCapture);
  const suite = new Suite(light.map((entry) => ({ entry, detector: entry.create({}) })));
  for (const { detector } of suite.members) {
    (detector as CalibratedDetector & FitsAtOnce).fitNow(training, calibration, seed);
  }
  suite.calibrateEnsemble(calibration);
  return suite;
}

/** Whether a model that was learned anew may take the place of the one that scores: both are judged by rows held back. */
import { randomSource, sampleWithoutReplacement } from '../features/random.ts';
import type { Model } from '../detectors/model.ts';
import type { FeatureMatrix } from '../types.ts';
import { rocAuc, stepsOf } from './metrics.ts';
import { madeUpAnomalies } from './synthetic.ts';

/** Share of the rows that judge, and how many at most. */
const JUDGES = 0.2;
const JUDGES_MAX = 4000;
/** What a detector calls rarer than one in a hundred is to be about that: tail probability, as surprise (−log10). */
const RARE = 2;
/** Differences below these are noise: ROC-AUC, and share of ordinary rows. */
const SEPARATION_NOISE = 0.01;
const ALARMS_NOISE = 0.005;
const NOMINAL = 0.01;

export interface Judgement {
  /** ROC-AUC of made-up anomalies (`synthetic.ts`) against the ordinary rows. */
  separation: number;
  /** Share of ordinary rows that are called rarer than one in a hundred; 0.01 would be right. */
  alarms: number;
}

/** The rows of features that learn, and those that judge: divided by `seed`. */
export function divideForJudging(matrix: FeatureMatrix, seed: number): { learn: FeatureMatrix; judge: FeatureMatrix } {
  const { features, rows, data } = matrix;
  const width = features.length;
  const count = Math.min(JUDGES_MAX, Math.floor(rows * JUDGES));
  const judges = new Set(sampleWithoutReplacement(rows, count, randomSource(seed, 707)));
  const part = (wanted: boolean): FeatureMatrix => {
    const kept = Array.from({ length: rows }, (_, row) => row).filter((row) => judges.has(row) === wanted);
    const out = new Float32Array(kept.length * width);
    kept.forEach((row, at) => out.set(data.subarray(row * width, (row + 1) * width), at * width));
    return { features, rows: kept.length, data: out };
  };
  return { learn: part(false), judge: part(true) };
}

/** Surprise of prepared, unscaled rows by all detectors of the model together. */
function surpriseOf({ scaler, suite }: Model, prepared: FeatureMatrix): Float64Array {
  const { rows } = prepared;
  const data = Float32Array.from(prepared.data.subarray(0, rows * prepared.features.length));
  scaler.apply(data, rows);
  const sum = new Float64Array(rows);
  const raw = new Float64Array(rows);
  const total = suite.scoring.reduce((all, { entry }) => all + entry.weight, 0);
  for (const { entry, detector } of suite.scoring) {
    detector.raw(data, rows, raw);
    for (let r = 0; r < rows; r++) sum[r]! += (detector.calibration!.at(raw[r]!) * entry.weight) / total;
  }
  const ensemble = suite.ensemble(true);
  return sum.map((mean) => ensemble.at(mean));
}

/** `ordinary`: rows of flow features that the model did not learn from. */
export function judgeModel(model: Model, ordinary: FeatureMatrix, seed: number): Judgement {
  const prepared = model.preparation.apply(ordinary);
  const { rows } = prepared;
  const strange = madeUpAnomalies(prepared, model.preparation.owner, seed);
  const scores = new Float64Array(rows * 2);
  scores.set(surpriseOf(model, prepared));
  scores.set(surpriseOf(model, strange), rows);
  const labels = new Uint8Array(rows * 2).fill(1, rows);
  const alarms = scores.subarray(0, rows).reduce((count, surprise) => count + (surprise > RARE ? 1 : 0), 0);
  return { separation: rocAuc(stepsOf(scores, labels)), alarms: alarms / Math.max(1, rows) };
}

/** Whether the newcomer may take over: it tells no worse, and gives no more alarms than the other or than it should. */
export function isNoWorse(next: Judgement, now: Judgement): boolean {
  if (!(next.separation >= now.separation - SEPARATION_NOISE)) return false;
  return next.alarms <= Math.max(now.alarms, NOMINAL) + ALARMS_NOISE;
}

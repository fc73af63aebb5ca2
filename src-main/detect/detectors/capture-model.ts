/** What is learned from a sample of a capture while it is triaged: its own scaling and light detectors. */
import type { Preparation } from '../features/prepare.ts';
import { fitScaler, type Scaler } from '../features/scaler.ts';
import type { FeatureMatrix } from '../types.ts';
import { fitCaptureSuite, type Suite } from './suite.ts';

export interface CaptureModel {
  scaler: Scaler;
  suite: Suite;
}

/** Of so many sampled rows one is held back for calibration. */
const HOLD_BACK = 5;

export interface SampledRows {
  rows: number;
  /** Raw features. */
  data: Float32Array;
  hashes: Float64Array;
}

/** Rows dealt by the rank of their hash: the same parts whatever the order they came in. */
function holdBack(hashes: Float64Array): Uint8Array {
  const order = Array.from(hashes.keys()).sort((a, b) => hashes[a]! - hashes[b]!);
  const held = new Uint8Array(hashes.length);
  for (let i = HOLD_BACK - 1; i < order.length; i += HOLD_BACK) held[order[i]!] = 1;
  return held;
}

/** Rows of `matrix` for which `mask` equals `value`. */
export function rowsWhere({ features, rows, data }: FeatureMatrix, mask: Uint8Array, value: number): FeatureMatrix {
  const width = features.length;
  let count = 0;
  for (let r = 0; r < rows; r++) if (mask[r] === value) count++;
  const out = new Float32Array(count * width);
  let to = 0;
  for (let r = 0; r < rows; r++) {
    if (mask[r] !== value) continue;
    out.set(data.subarray(r * width, (r + 1) * width), to);
    to += width;
  }
  return { features, rows: count, data: out };
}

/** Fits scaling and light detectors to the sample; deterministic for a seed. */
export function fitCaptureSample(preparation: Preparation, sample: SampledRows, seed: number): CaptureModel {
  const data = new Float32Array(sample.rows * preparation.width);
  preparation.into(sample.data, sample.rows, data);
  const matrix: FeatureMatrix = { features: preparation.columns, rows: sample.rows, data };
  const held = holdBack(sample.hashes);
  const scaler = fitScaler(rowsWhere(matrix, held, 0));
  scaler.apply(data, sample.rows);
  const suite = fitCaptureSuite(rowsWhere(matrix, held, 0), rowsWhere(matrix, held, 1), seed);
  return { scaler, suite };
}

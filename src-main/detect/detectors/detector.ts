/** What every learned detector here has in common: a raw score, and a calibration that makes it comparable. */
import type { Detector, DetectorScores, DetectorSnapshot, FeatureMatrix } from '../types.ts';
import { calibrate, scoreOf, TailCalibration } from './calibration.ts';

/** How a raw score is made of contributions of columns: `base + Σ contributions = score`. */
export interface RawExplanation {
  base: number;
  score: number;
  contributions: Float64Array;
}

/**
 * A detector over prepared, scaled rows. Subclasses say how a raw score comes about; here is what is the same for all:
 * status, calibration, snapshots. Raw scores grow with unusualness.
 */
export abstract class CalibratedDetector implements Detector {
  abstract readonly id: string;
  /** Fewest training rows it learns from. */
  abstract readonly minimumRows: number;
  /** What computes its scores. */
  readonly backend: string = 'js';
  columns: readonly string[] = [];
  calibration: TailCalibration | undefined;
  private fitted = false;

  protected abstract learn(training: FeatureMatrix, calibration: FeatureMatrix, seed: number): void | Promise<void>;
  /** Raw scores of `rows` rows of `data` to `out`. */
  abstract raw(data: Float32Array, rows: number, out: Float64Array): void;
  abstract explainRow(row: Float32Array): RawExplanation;
  protected abstract save(): Pick<DetectorSnapshot, 'head' | 'arrays'>;
  protected abstract load(snapshot: DetectorSnapshot): void;

  /** 'learning' before `fit`, 'insufficient' after a `fit` on too few rows. */
  get status(): DetectorScores['status'] {
    if (this.calibration) return 'scored';
    return this.fitted ? 'insufficient' : 'learning';
  }

  /** Fits and calibrates at once where learning is synchronous; resolves when done otherwise. */
  async fit(training: FeatureMatrix, calibration: FeatureMatrix, seed: number): Promise<void> {
    if (!this.begin(training, calibration)) return;
    await this.learn(training, calibration, seed);
    this.finishFit(calibration);
  }

  protected begin(training: FeatureMatrix, calibration: FeatureMatrix): boolean {
    this.columns = training.features;
    this.fitted = true;
    this.calibration = undefined;
    return training.rows >= this.minimumRows && calibration.rows > 0;
  }

  protected finishFit(calibration: FeatureMatrix): void {
    const raw = new Float64Array(calibration.rows);
    this.raw(calibration.data, calibration.rows, raw);
    this.calibration = calibrate(raw);
  }

  score(rows: FeatureMatrix): DetectorScores {
    const scores = new Float32Array(rows.rows);
    if (!this.calibration) return { status: this.status, scores };
    const raw = new Float64Array(rows.rows);
    this.raw(rows.data, rows.rows, raw);
    for (let i = 0; i < rows.rows; i++) scores[i] = scoreOf(this.calibration.at(raw[i]!));
    return { status: 'scored', scores };
  }

  explain(rows: FeatureMatrix, row: number): RawExplanation {
    const width = rows.features.length;
    return this.explainRow(rows.data.subarray(row * width, (row + 1) * width));
  }

  snapshot(): DetectorSnapshot {
    const { head, arrays } = this.save();
    const calibration = this.calibration;
    return {
      id: this.id,
      version: 1,
      head: { ...head, columns: this.columns.length, fitted: this.fitted, tailScale: calibration?.tailScale ?? 0 },
      arrays: {
        ...arrays,
        ...(calibration && { calibrationKnots: calibration.knots, calibrationSurprise: calibration.surprise }),
      },
    };
  }

  /** Takes over a snapshot; `columns` are the model's. */
  restore(snapshot: DetectorSnapshot, columns: readonly string[]): void {
    this.columns = columns;
    this.fitted = snapshot.head['fitted'] === true;
    const { calibrationKnots: knots, calibrationSurprise: surprise } = snapshot.arrays;
    const scale = snapshot.head['tailScale'];
    if (knots instanceof Float64Array && surprise instanceof Float64Array && typeof scale === 'number') {
      this.calibration = new TailCalibration(knots, surprise, scale);
    } else this.calibration = undefined;
    if (this.calibration) this.load(snapshot);
  }
}

/** An array of a snapshot, of the type and length it must have. */
export function arrayOf<T extends DetectorSnapshot['arrays'][string]>(
  snapshot: DetectorSnapshot,
  name: string,
  type: new (length: number) => T,
  length?: number,
): T {
  const found = snapshot.arrays[name];
  if (!(found instanceof type)) throw new RangeError(`${snapshot.id}: ${name} is missing or of another type`);
  if (length !== undefined && found.length !== length) {
    throw new RangeError(`${snapshot.id}: ${name} has ${found.length} numbers instead of ${length}`);
  }
  return found;
}

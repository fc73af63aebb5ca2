/** Detectors whose raw score is the mean over the columns of how far each is from usual: explained exactly by its parts. */
import type { FeatureMatrix } from '../../types.ts';
import { CalibratedDetector, type RawExplanation } from '../detector.ts';
import { SumKernel, type ColumnProgram } from '../../features/kernels/columns.ts';

export const STATISTICS_MINIMUM_ROWS = 48;

export abstract class AdditiveDetector extends CalibratedDetector {
  readonly minimumRows = STATISTICS_MINIMUM_ROWS;
  /** Mean part of each column over the training rows: the base of explanations. */
  protected usual = new Float64Array(0);

  override readonly backend = 'wasm';
  private kernel: SumKernel | undefined;

  /** The part of one column. */
  protected abstract part(column: number, x: number): number;
  protected abstract fitColumns(training: FeatureMatrix): void;
  /** The same part as instructions on four columns; made anew after each fit. */
  protected abstract program(): ColumnProgram;

  raw(data: Float32Array, rows: number, out: Float64Array): void {
    this.kernel ??= new SumKernel(this.program(), this.columns.length);
    this.kernel.means(data, rows, out);
  }

  /** Statistics learn at once: `fitNow` then `status`. */
  fitNow(training: FeatureMatrix, calibration: FeatureMatrix): void {
    if (!this.begin(training, calibration)) return;
    this.learn(training);
    this.finishFit(calibration);
  }

  protected learn(training: FeatureMatrix): void {
    this.kernel = undefined;
    this.fitColumns(training);
    const width = training.features.length;
    this.usual = new Float64Array(width);
    for (let j = 0; j < width; j++) {
      let sum = 0;
      for (let r = 0; r < training.rows; r++) sum += this.part(j, training.data[r * width + j]!);
      this.usual[j] = sum / training.rows;
    }
  }

  explainRow(row: Float32Array): RawExplanation {
    const width = row.length;
    const contributions = new Float64Array(width);
    let base = 0;
    let score = 0;
    for (let j = 0; j < width; j++) {
      const part = this.part(j, row[j]!) / width;
      const usual = this.usual[j]! / width;
      contributions[j] = part - usual;
      base += usual;
      score += part;
    }
    return { base, score, contributions };
  }
}

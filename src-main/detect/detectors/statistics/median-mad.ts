/**
 * Robust z-scores: distance from the median in units of the median absolute deviation (Iglewicz & Hoaglin 1993), averaged
 * over the columns. Attacks left in the training rows move it far less than they move mean and standard deviation.
 */
import { quantile, sortedColumn } from '../../features/summary.ts';
import type { DetectorSnapshot, FeatureMatrix } from '../../types.ts';
import { arrayOf } from '../detector.ts';
import { constant, F32X4, type ColumnProgram } from '../../features/kernels/columns.ts';
import { AdditiveDetector } from './additive.ts';

/** Of a normal distribution, standard deviation by median absolute deviation, and by mean absolute deviation. */
const BY_MAD = 1.4826;
const BY_MEAN_AD = 1.2533;
const LEAST_SPREAD = 0.1;
const MOST = 10;

export class MedianMad extends AdditiveDetector {
  readonly id = 'median-mad';
  private median = new Float64Array(0);
  private inverse = new Float64Array(0);

  protected fitColumns({ data, rows, features }: FeatureMatrix): void {
    const width = features.length;
    this.median = new Float64Array(width);
    this.inverse = new Float64Array(width);
    for (let j = 0; j < width; j++) {
      const column = sortedColumn(data, rows, width, j);
      const median = quantile(column, 0.5);
      this.median[j] = median;
      this.inverse[j] = 1 / Math.max(absoluteDeviation(column, median), LEAST_SPREAD);
    }
  }

  protected part(j: number, x: number): number {
    return Math.min(Math.abs(x - this.median[j]!) * this.inverse[j]!, MOST);
  }

  protected program(): ColumnProgram {
    return {
      parameters: [
        { values: this.median, padding: 0 },
        { values: this.inverse, padding: 0 },
      ],
      part: (code, x, parameter) => {
        code.get(x);
        parameter(0).simd(F32X4.sub).simd(F32X4.abs);
        parameter(1).simd(F32X4.mul);
        constant(code, MOST).simd(F32X4.min);
      },
    };
  }

  protected save(): Pick<DetectorSnapshot, 'head' | 'arrays'> {
    return { head: {}, arrays: { median: this.median, inverse: this.inverse, usual: this.usual } };
  }

  protected load(snapshot: DetectorSnapshot): void {
    this.median = arrayOf(snapshot, 'median', Float64Array, this.columns.length);
    this.inverse = arrayOf(snapshot, 'inverse', Float64Array, this.columns.length);
    this.usual = arrayOf(snapshot, 'usual', Float64Array, this.columns.length);
  }
}

/** By the median; where more than half of the rows are equal, by the mean. */
function absoluteDeviation(column: Float32Array, median: number): number {
  const distances = column.map((x) => Math.abs(x - median)).sort();
  const byMedian = quantile(distances, 0.5) * BY_MAD;
  if (byMedian > 0) return byMedian;
  let sum = 0;
  for (const distance of distances) sum += distance;
  return (sum / distances.length) * BY_MEAN_AD;
}

/**
 * Tukey's fences (1977): how far beyond 1.5 interquartile ranges outside the quartiles, in interquartile ranges, averaged
 * over the columns. Zero inside all fences: it says nothing of most rows, and little that is wrong of the rest.
 */
import { columnSummary } from '../../features/summary.ts';
import type { DetectorSnapshot, FeatureMatrix } from '../../types.ts';
import { arrayOf } from '../detector.ts';
import { constant, F32X4, type ColumnProgram } from '../../features/kernels/columns.ts';
import { AdditiveDetector } from './additive.ts';

const FENCE = 1.5;
/** Of a normal distribution, interquartile range by standard deviation: stands in where half of the rows are equal. */
const IQR_BY_SD = 1.349;
const LEAST_IQR = 0.1;
const MOST = 10;

export class IqrFences extends AdditiveDetector {
  readonly id = 'iqr-fences';
  private low = new Float64Array(0);
  private high = new Float64Array(0);
  private inverse = new Float64Array(0);

  protected fitColumns({ data, rows, features }: FeatureMatrix): void {
    const width = features.length;
    this.low = new Float64Array(width);
    this.high = new Float64Array(width);
    this.inverse = new Float64Array(width);
    for (let j = 0; j < width; j++) {
      const { q1, q3, sd } = columnSummary(data, rows, width, j);
      const range = Math.max(q3 > q1 ? q3 - q1 : sd * IQR_BY_SD, LEAST_IQR);
      this.low[j] = q1 - FENCE * range;
      this.high[j] = q3 + FENCE * range;
      this.inverse[j] = 1 / range;
    }
  }

  protected part(j: number, x: number): number {
    const beyond = Math.max(0, x - this.high[j]!, this.low[j]! - x);
    return Math.min(beyond * this.inverse[j]!, MOST);
  }

  protected program(): ColumnProgram {
    return {
      parameters: [
        { values: this.low, padding: 0 },
        { values: this.high, padding: 0 },
        { values: this.inverse, padding: 0 },
      ],
      part: (code, x, parameter) => {
        code.get(x);
        parameter(1).simd(F32X4.sub);
        parameter(0).get(x).simd(F32X4.sub).simd(F32X4.max);
        constant(code, 0).simd(F32X4.max);
        parameter(2).simd(F32X4.mul);
        constant(code, MOST).simd(F32X4.min);
      },
    };
  }

  protected save(): Pick<DetectorSnapshot, 'head' | 'arrays'> {
    return { head: {}, arrays: { low: this.low, high: this.high, inverse: this.inverse, usual: this.usual } };
  }

  protected load(snapshot: DetectorSnapshot): void {
    const width = this.columns.length;
    this.low = arrayOf(snapshot, 'low', Float64Array, width);
    this.high = arrayOf(snapshot, 'high', Float64Array, width);
    this.inverse = arrayOf(snapshot, 'inverse', Float64Array, width);
    this.usual = arrayOf(snapshot, 'usual', Float64Array, width);
  }
}

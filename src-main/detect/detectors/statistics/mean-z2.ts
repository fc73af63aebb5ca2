/** Mean squared z-score: how many standard deviations from the mean, squared, averaged over the columns. */
import { columnSummary } from '../../features/summary.ts';
import type { DetectorSnapshot, FeatureMatrix } from '../../types.ts';
import { arrayOf } from '../detector.ts';
import { constant, F32X4, type ColumnProgram } from '../../features/kernels/columns.ts';
import { AdditiveDetector } from './additive.ts';

const LEAST_SD = 0.1;
/** One column never says more than this: 10 standard deviations. */
const MOST = 100;

export class MeanZ2 extends AdditiveDetector {
  readonly id = 'mean-z2';
  private mean = new Float64Array(0);
  private inverse = new Float64Array(0);

  protected fitColumns({ data, rows, features }: FeatureMatrix): void {
    const width = features.length;
    this.mean = new Float64Array(width);
    this.inverse = new Float64Array(width);
    for (let j = 0; j < width; j++) {
      const { mean, sd } = columnSummary(data, rows, width, j);
      this.mean[j] = mean;
      this.inverse[j] = 1 / Math.max(sd, LEAST_SD);
    }
  }

  protected part(j: number, x: number): number {
    const z = (x - this.mean[j]!) * this.inverse[j]!;
    return Math.min(z * z, MOST);
  }

  protected program(): ColumnProgram {
    return {
      parameters: [
        { values: this.mean, padding: 0 },
        { values: this.inverse, padding: 0 },
      ],
      part: (code, x, parameter) => {
        code.get(x);
        parameter(0).simd(F32X4.sub);
        parameter(1).simd(F32X4.mul).tee(x).get(x).simd(F32X4.mul);
        constant(code, MOST).simd(F32X4.min);
      },
    };
  }

  protected save(): Pick<DetectorSnapshot, 'head' | 'arrays'> {
    return { head: {}, arrays: { mean: this.mean, inverse: this.inverse, usual: this.usual } };
  }

  protected load(snapshot: DetectorSnapshot): void {
    this.mean = arrayOf(snapshot, 'mean', Float64Array, this.columns.length);
    this.inverse = arrayOf(snapshot, 'inverse', Float64Array, this.columns.length);
    this.usual = arrayOf(snapshot, 'usual', Float64Array, this.columns.length);
  }
}

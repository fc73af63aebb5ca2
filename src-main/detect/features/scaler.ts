/**
 * Robust scaling: (x − centre) / spread, from the median and the interquartile range of the rows it was fitted on, so
 * that a few extreme rows do not decide what is large. Saved with the model.
 */
import type { FeatureMatrix } from '../types.ts';
import { constant, F32X4, MapKernel, type ColumnProgram } from './kernels/columns.ts';
import { columnSummary, type ColumnSummary } from './summary.ts';

/** Interquartile range of a normal distribution of unit variance. */
const NORMAL_IQR = 1.349;
/** A spread is never taken below this part of the standard deviation: half of the rows may be equal. */
const LEAST_OF_SD = 0.25;
/** Nor below this, in prepared units (log2, share): what never varied was not seen to be exact. */
const LEAST_SPREAD = 0.1;
/** Scaled values end here on both sides: beyond, more says nothing more. */
export const SCALED_LIMIT = 10;

export class Scaler {
  readonly columns: readonly string[];
  readonly centre: Float64Array;
  readonly spread: Float64Array;
  private kernel: MapKernel | undefined;

  constructor(columns: readonly string[], centre: Float64Array, spread: Float64Array) {
    this.columns = columns;
    this.centre = centre;
    this.spread = spread;
  }

  /** Scales `rows` prepared rows, in place or to `into`. */
  apply(data: Float32Array, rows: number, into: Float32Array = data): void {
    this.kernel ??= new MapKernel(this.program(), this.centre.length);
    this.kernel.map(data, rows, into);
  }

  private program(): ColumnProgram {
    return {
      parameters: [
        { values: this.centre, padding: 0 },
        { values: this.spread.map((x) => 1 / x), padding: 0 },
      ],
      part: (code, x, parameter) => {
        code.get(x);
        parameter(0).simd(F32X4.sub);
        parameter(1).simd(F32X4.mul);
        constant(code, SCALED_LIMIT).simd(F32X4.min);
        constant(code, -SCALED_LIMIT).simd(F32X4.max);
      },
    };
  }
}

function isClass(column: string): boolean {
  return column.includes('=');
}

function spreadOf({ q1, q3, sd }: ColumnSummary): number {
  return Math.max((q3 - q1) / NORMAL_IQR, sd * LEAST_OF_SD, LEAST_SPREAD);
}

/** Fits on prepared rows. Class columns (`id=word`) are centred on their share and divided by its deviation. */
export function fitScaler(matrix: FeatureMatrix): Scaler {
  const width = matrix.features.length;
  const centre = new Float64Array(width);
  const spread = new Float64Array(width);
  for (let j = 0; j < width; j++) {
    const summary = columnSummary(matrix.data, matrix.rows, width, j);
    const byClass = isClass(matrix.features[j]!);
    centre[j] = byClass ? summary.mean : summary.median;
    spread[j] = byClass ? Math.max(summary.sd, LEAST_SPREAD) : spreadOf(summary);
  }
  return new Scaler(matrix.features, centre, spread);
}

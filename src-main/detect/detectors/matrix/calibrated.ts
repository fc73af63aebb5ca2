/** The detectors of triage over any matrix: their raw scores, without their calibration. */
import type { DetectorSnapshot, FeatureMatrix } from '../../types.ts';
import type { CalibratedDetector, RawExplanation } from '../detector.ts';
import { randomSource, sampleWithoutReplacement } from '../../features/random.ts';
import { sampleRows, type MatrixDetector, type MatrixState } from './types.ts';

/** Rows whose calibration stands in: the lab calibrates on rows of its own. */
const CALIBRATION_ROWS = 64;

export class AsMatrixDetector implements MatrixDetector {
  readonly view = 'scaled';
  private readonly inner: CalibratedDetector;

  private readonly mostRows: number;

  /** `mostRows`: of more rows it learns from a sample. */
  constructor(inner: CalibratedDetector, mostRows = Infinity) {
    this.inner = inner;
    this.mostRows = mostRows;
  }

  get id(): string {
    return this.inner.id;
  }

  get minimumRows(): number {
    return this.inner.minimumRows;
  }

  async fit(matrix: FeatureMatrix, seed: number): Promise<void> {
    const random = randomSource(seed, 506);
    const kept = sampleRows(matrix, this.mostRows, (size, count) => sampleWithoutReplacement(size, count, random));
    const { features, data } = kept;
    const rows = Math.min(CALIBRATION_ROWS, kept.rows);
    await this.inner.fit(kept, { features, rows, data: data.subarray(0, rows * features.length) }, seed);
  }

  score({ data, rows }: FeatureMatrix): Float64Array {
    if (!this.inner.calibration) throw new RangeError(`${this.id} has not learned yet`);
    const out = new Float64Array(rows);
    this.inner.raw(data, rows, out);
    return out;
  }

  explain(row: Float32Array): RawExplanation {
    return this.inner.explainRow(row);
  }

  save(): MatrixState {
    return this.inner.snapshot();
  }

  load(snapshot: DetectorSnapshot, columns: readonly string[]): void {
    this.inner.restore(snapshot, columns);
    if (!this.inner.calibration) throw new RangeError(`${this.id}: it had learned nothing`);
  }
}

/**
 * Local outlier factor (Breunig, Kriegel, Ng & Sander 2000): how much sparser a row lies than its neighbours do. Rows
 * are judged against those learned from only ("novelty" in scikit-learn's words), of which equal ones count once: without
 * that, rows that stand there twenty times make a density without bound, and every neighbour of theirs an outlier.
 */
import { randomSource, sampleWithoutReplacement } from '../../features/random.ts';
import type { DetectorSnapshot, FeatureMatrix } from '../../types.ts';
import { arrayOf } from '../detector.ts';
import { NearestRows, type Neighbours } from '../matrix/nearest.ts';
import { loadReference, saveReference } from '../matrix/saved.ts';
import { neighbours, reference, usualValues, type Parameter } from '../matrix/parameters.ts';
import { distinctRows, sampleRows, takeRows, type MatrixDetector, type MatrixState } from '../matrix/types.ts';

export const NEIGHBOURS = 20;
export const MOST_REFERENCE = 8_000;
/** Equal rows have no distance between them; the same stands in for it as in scikit-learn. */
const LEAST = 1e-10;

export const OUTLIER_PARAMETERS: readonly Parameter[] = [
  neighbours('neighbours whose density is compared', NEIGHBOURS),
  reference(MOST_REFERENCE),
];

interface NeighbourOptions {
  neighbours: number;
  reference: number;
}

export class LocalOutlier implements MatrixDetector {
  readonly id = 'local-outlier';
  readonly view = 'quantile';
  readonly minimumRows = 64;
  chosen = '';
  private readonly options: NeighbourOptions;
  private reference: NearestRows | undefined;
  private radius: Float64Array = new Float64Array(0);
  private density: Float64Array = new Float64Array(0);

  constructor(options: Partial<NeighbourOptions> = {}) {
    const { neighbours, reference } = { ...usualValues(OUTLIER_PARAMETERS), ...options };
    this.options = { neighbours: neighbours!, reference: reference! };
  }

  fit(matrix: FeatureMatrix, seed: number): void {
    const { neighbours, reference } = this.options;
    const random = randomSource(seed, 502);
    const distinct = takeRows(matrix, distinctRows(matrix));
    const kept = sampleRows(distinct, reference, (size, count) => sampleWithoutReplacement(size, count, random));
    this.reference = new NearestRows(kept);
    const found = this.reference.find(kept.data, kept.rows, neighbours, true);
    this.radius = Float64Array.from({ length: kept.rows }, (_, r) => found.distance[(r + 1) * found.k - 1]!);
    this.density = this.densities(found, kept.rows);
    this.chosen = `${neighbours} of ${kept.rows} of ${distinct.rows} distinct rows`;
  }

  /** Local reachability densities. */
  private densities({ k, index, distance }: Neighbours, rows: number): Float64Array<ArrayBuffer> {
    const out = new Float64Array(rows);
    for (let r = 0; r < rows; r++) {
      let sum = 0;
      for (let i = r * k; i < (r + 1) * k; i++) sum += Math.max(distance[i]!, this.radius[index[i]!]!);
      out[r] = 1 / (sum / k + LEAST);
    }
    return out;
  }

  score({ data, rows }: FeatureMatrix): Float64Array {
    if (!this.reference) throw new RangeError('local-outlier has not learned yet');
    const found = this.reference.find(data, rows, this.options.neighbours);
    const own = this.densities(found, rows);
    const out = new Float64Array(rows);
    for (let r = 0; r < rows; r++) {
      let sum = 0;
      for (let i = r * found.k; i < (r + 1) * found.k; i++) sum += this.density[found.index[i]!]!;
      out[r] = sum / found.k / own[r]!;
    }
    return out;
  }

  save(): MatrixState {
    if (!this.reference) throw new RangeError('local-outlier has not learned yet');
    const { radius, density, chosen } = this;
    return { head: { chosen }, arrays: { ...saveReference(this.reference), radius, density } };
  }

  load(snapshot: DetectorSnapshot, columns: readonly string[]): void {
    this.reference = loadReference(snapshot, columns);
    this.radius = arrayOf(snapshot, 'radius', Float64Array, this.reference.rows);
    this.density = arrayOf(snapshot, 'density', Float64Array, this.reference.rows);
    this.chosen = String(snapshot.head['chosen']);
  }
}

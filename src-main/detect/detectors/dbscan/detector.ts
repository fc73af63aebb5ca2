/**
 * DBSCAN (Ester, Kriegel, Sander & Xu 1996): rows with ten others within eps are dense, and what lies within eps of them
 * belongs. eps is the elbow of the sorted distances to the tenth neighbour. Score: distance to the nearest dense row by eps, so
 * that more than 1 is noise.
 */
import { MOST_DISTANCES } from '../../../../src-shared/domain/lab.ts';
import type { ClusterSearch } from '../../../../src-shared/contract/topics/lab.ts';
import { randomSource, sampleWithoutReplacement } from '../../features/random.ts';
import type { DetectorSnapshot, FeatureMatrix } from '../../types.ts';
import { elbow } from '../matrix/elbow.ts';
import { NearestRows } from '../matrix/nearest.ts';
import { loadReference, saveReference } from '../matrix/saved.ts';
import { usualValues, type Parameter } from '../matrix/parameters.ts';
import { sampleRows, takeRows, type MatrixDetector, type MatrixState } from '../matrix/types.ts';

/** Rows within eps, itself among them, that make a row dense. */
export const MIN_SAMPLES = 10;
export const MOST_REFERENCE = 6_000;
const LEAST_EPS = 1e-9;

export const DBSCAN_PARAMETERS: readonly Parameter[] = [
  {
    id: 'neighbours',
    meaning: 'records within reach, itself among them, that make a record dense',
    least: 2,
    most: 200,
    usual: MIN_SAMPLES,
    whole: true,
    search: { least: 4, most: 40, log: true },
  },
  {
    id: 'reference',
    meaning: 'records it compares with at most',
    least: 100,
    most: 20000,
    usual: MOST_REFERENCE,
    whole: true,
  },
];

interface DbscanOptions {
  neighbours: number;
  reference: number;
}

export class Dbscan implements MatrixDetector {
  readonly id = 'dbscan';
  readonly view = 'quantile';
  readonly minimumRows = 64;
  chosen = '';
  eps = 0;
  search: ClusterSearch | undefined;
  private readonly options: DbscanOptions;
  private dense: NearestRows | undefined;

  constructor(options: Partial<DbscanOptions> = {}) {
    const { neighbours, reference } = { ...usualValues(DBSCAN_PARAMETERS), ...options };
    this.options = { neighbours: neighbours!, reference: reference! };
  }

  fit(matrix: FeatureMatrix, seed: number): void {
    const random = randomSource(seed, 503);
    const kept = sampleRows(matrix, this.options.reference, (size, count) =>
      sampleWithoutReplacement(size, count, random),
    );
    const { k, distance } = new NearestRows(kept).find(kept.data, kept.rows, this.options.neighbours - 1, true);
    const tenth = Float64Array.from({ length: kept.rows }, (_, r) => distance[(r + 1) * k - 1]!);
    const sorted = Float64Array.from(tenth).sort();
    const bend = elbow(sorted);
    this.eps = Math.max(sorted[bend]!, LEAST_EPS);
    const core: number[] = [];
    for (let r = 0; r < kept.rows; r++) if (tenth[r]! <= this.eps) core.push(r);
    this.dense = new NearestRows(takeRows(kept, Int32Array.from(core)));
    this.search = {
      by: 'distance',
      records: kept.rows,
      neighbour: k,
      curve: curveOf(sorted, bend),
      elbow: (bend + 1) / kept.rows,
      eps: this.eps,
      dense: core.length,
    };
    this.chosen = `eps ${this.eps.toPrecision(3)}, ${core.length} of ${kept.rows} rows are dense`;
  }

  score({ data, rows }: FeatureMatrix): Float64Array {
    if (!this.dense) throw new RangeError('dbscan has not learned yet');
    return this.dense.find(data, rows, 1).distance.map((d) => d / this.eps);
  }

  save(): MatrixState {
    if (!this.dense) throw new RangeError('dbscan has not learned yet');
    return { head: { eps: this.eps, chosen: this.chosen }, arrays: saveReference(this.dense) };
  }

  load(snapshot: DetectorSnapshot, columns: readonly string[]): void {
    const eps = Number(snapshot.head['eps']);
    if (!(eps > 0)) throw new RangeError('dbscan: no distance');
    this.dense = loadReference(snapshot, columns);
    this.eps = eps;
    this.chosen = String(snapshot.head['chosen']);
  }
}

/** The sorted distances, thinned evenly; both ends and the elbow are among them. */
function curveOf(sorted: Float64Array, bend: number): { share: number; distance: number }[] {
  const steps = Math.min(sorted.length, MOST_DISTANCES - 1) - 1;
  const at = new Set([bend]);
  for (let i = 0; i <= steps; i++) at.add(Math.round((i / steps) * (sorted.length - 1)));
  const rising = [...at].sort((a, b) => a - b);
  return rising.map((i) => ({ share: (i + 1) / sorted.length, distance: sorted[i]! }));
}

/** Clusters of rows: 0, 1, … in the order of their first dense row, −1 for noise. Compares all pairs: for some thousands. */
export function dbscanClusters(
  { data, rows, features }: FeatureMatrix,
  eps: number,
  minSamples = MIN_SAMPLES,
): Int32Array {
  const width = features.length;
  const near: Int32Array[] = [];
  for (let a = 0; a < rows; a++) {
    const found: number[] = [];
    for (let b = 0; b < rows; b++) {
      let square = 0;
      for (let j = 0; j < width; j++) square += (data[a * width + j]! - data[b * width + j]!) ** 2;
      if (square <= eps * eps) found.push(b);
    }
    near.push(Int32Array.from(found));
  }
  const label = new Int32Array(rows).fill(-1);
  let clusters = 0;
  for (let start = 0; start < rows; start++) {
    if (label[start]! >= 0 || near[start]!.length < minSamples) continue;
    const cluster = clusters++;
    const open = [start];
    label[start] = cluster;
    for (let row = open.pop(); row !== undefined; row = open.pop()) {
      if (near[row]!.length < minSamples) continue;
      for (const other of near[row]!) {
        if (label[other]! >= 0) continue;
        label[other] = cluster;
        open.push(other);
      }
    }
  }
  return label;
}

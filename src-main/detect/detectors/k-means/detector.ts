/** Squared distance to the nearest centre of k-means; the number of clusters by silhouette, with the elbow beside it. */
import { randomSource, sampleWithoutReplacement } from '../../features/random.ts';
import type { ClusterSearch } from '../../../../src-shared/contract/topics/lab.ts';
import type { DetectorSnapshot, FeatureMatrix } from '../../types.ts';
import { arrayOf, type RawExplanation } from '../detector.ts';
import { elbow } from '../matrix/elbow.ts';
import { usualValues, type Parameter } from '../matrix/parameters.ts';
import { sampleRows, takeRows, type MatrixDetector, type MatrixState } from '../matrix/types.ts';
import { assign, kMeans, silhouette, type Clusters } from './lloyd.ts';

const COUNTS = [2, 3, 4, 6, 8, 12, 16, 24];
const MOST_ROWS = 4_000;
export const SILHOUETTE_ROWS = 500;

export const K_MEANS_PARAMETERS: readonly Parameter[] = [
  {
    id: 'clusters',
    meaning: 'number of clusters; 0: by silhouette',
    least: 0,
    most: 64,
    usual: 0,
    whole: true,
    search: { least: 2, most: 32, log: true },
  },
];

export class KMeansDetector implements MatrixDetector {
  readonly id = 'k-means';
  readonly view = 'quantile';
  readonly minimumRows = 64;
  chosen = '';
  search: ClusterSearch | undefined;
  private clusters: Pick<Clusters, 'centres' | 'count'> | undefined;
  private usual: Float64Array = new Float64Array(0);
  private readonly wanted: number;

  constructor(options: { clusters?: number } = {}) {
    this.wanted = { ...usualValues(K_MEANS_PARAMETERS), ...options }.clusters!;
  }

  fit(matrix: FeatureMatrix, seed: number): void {
    const random = randomSource(seed, 504);
    const draw = (size: number, count: number): Int32Array => sampleWithoutReplacement(size, count, random);
    const kept = sampleRows(matrix, MOST_ROWS, draw);
    const judges = draw(kept.rows, SILHOUETTE_ROWS);
    const judged = takeRows(kept, judges);
    const counts =
      this.wanted > 0 ? [Math.min(this.wanted, kept.rows)] : COUNTS.filter((count) => count * 4 <= kept.rows);
    const tried = counts.map((count) => {
      const clusters = kMeans(kept, count, random);
      const label = judges.map((row) => clusters.label[row]!);
      return { clusters, quality: silhouette(judged, label, count) };
    });
    const best = tried.reduce((a, b) => (b.quality > a.quality ? b : a));
    const bend = tried[elbow(tried.map(({ clusters }) => clusters.inertia))]!;
    this.clusters = best.clusters;
    const by =
      this.wanted > 0
        ? `as asked for (silhouette ${best.quality.toFixed(2)})`
        : `by silhouette (${best.quality.toFixed(2)}); elbow at ${bend.clusters.count}`;
    this.chosen = `${best.clusters.count} clusters ${by}`;
    this.search =
      this.wanted > 0
        ? undefined
        : {
            by: 'count',
            records: kept.rows,
            judged: judged.rows,
            measure: 'inertia',
            tried: tried.map(({ clusters: { count, inertia }, quality }) => ({
              count,
              measure: inertia,
              silhouette: quality,
            })),
            elbow: bend.clusters.count,
            chosen: best.clusters.count,
            rule: 'greatest silhouette',
          };
    this.usual = meanParts(kept, best.clusters);
  }

  private fitted(): Pick<Clusters, 'centres' | 'count'> {
    if (!this.clusters) throw new RangeError('k-means has not learned yet');
    return this.clusters;
  }

  score({ data, rows, features }: FeatureMatrix): Float64Array {
    const { centres, count } = this.fitted();
    return Float64Array.from({ length: rows }, (_, r) => assign(data, r, centres, count, features.length).square);
  }

  explain(row: Float32Array): RawExplanation {
    const { centres, count } = this.fitted();
    const { centre, square } = assign(row, 0, centres, count, row.length);
    const parts = Float64Array.from(row, (x, j) => (x - centres[centre * row.length + j]!) ** 2 - this.usual[j]!);
    return { base: this.usual.reduce((a, b) => a + b, 0), score: square, contributions: parts };
  }

  save(): MatrixState {
    const { centres, count } = this.fitted();
    return { head: { count, chosen: this.chosen }, arrays: { centres, usual: this.usual } };
  }

  load(snapshot: DetectorSnapshot, columns: readonly string[]): void {
    const count = Number(snapshot.head['count']);
    if (!(count >= 1)) throw new RangeError('k-means: no clusters');
    const centres = arrayOf(snapshot, 'centres', Float64Array, count * columns.length);
    this.clusters = { count, centres };
    this.usual = arrayOf(snapshot, 'usual', Float64Array, columns.length);
    this.chosen = String(snapshot.head['chosen']);
  }
}

/** Mean squared distance to the own centre, by column. */
function meanParts({ data, rows, features }: FeatureMatrix, { centres, label }: Clusters): Float64Array<ArrayBuffer> {
  const width = features.length;
  const parts = new Float64Array(width);
  for (let r = 0; r < rows; r++) {
    for (let j = 0; j < width; j++) parts[j]! += (data[r * width + j]! - centres[label[r]! * width + j]!) ** 2 / rows;
  }
  return parts;
}

/**
 * A random forest that sees, beside the columns, what unsupervised detectors make of a row (stacking: Wolpert 1992). They
 * are fitted on one half of the ordinary rows and the forest on the rest, else every row the forest learns from would be
 * its own nearest neighbour.
 */
import { KNearest } from '../detectors/k-nearest/detector.ts';
import { GaussianMixture } from '../detectors/gaussian-mixture/detector.ts';
import { IsolationForestDetector } from '../detectors/forest/detector.ts';
import { AsMatrixDetector } from '../detectors/matrix/calibrated.ts';
import { takeRows, type MatrixDetector, type View } from '../detectors/matrix/types.ts';
import { RandomForest } from '../detectors/random-forest/detector.ts';
import { MeanZ2 } from '../detectors/statistics/mean-z2.ts';
import { hashId, randomSource, sampleWithoutReplacement } from '../features/random.ts';
import type { FeatureMatrix } from '../types.ts';
import type { Views } from './encode.ts';

/** Rows the forest learns from at most, drawn by seed: nearest neighbours of each have to be found. */
const MOST_ROWS = 40_000;

export class StackedForest implements MatrixDetector {
  readonly id = 'stacked-forest';
  readonly view = 'plain';
  readonly minimumRows = 1024;
  chosen = '';
  private readonly views: readonly Views[];
  private readonly members: readonly MatrixDetector[] = [
    new AsMatrixDetector(new MeanZ2()),
    new AsMatrixDetector(new IsolationForestDetector()),
    new KNearest(),
    new GaussianMixture(),
  ];
  private readonly forest = new RandomForest();

  /** The views of every matrix that will be given to `fit` and `score`: the members look at other views of the rows. */
  constructor(...views: readonly Views[]) {
    this.views = views;
  }

  private viewsOf(matrix: FeatureMatrix): Views {
    const found = this.views.find((views) => views.get('plain') === matrix);
    if (!found) throw new RangeError('stacked-forest does not know these rows');
    return found;
  }

  async fit(matrix: FeatureMatrix, seed: number, attack?: Uint8Array): Promise<void> {
    if (!attack) throw new RangeError('stacked-forest learns from labels');
    const views = this.viewsOf(matrix);
    const first = (row: number): boolean => !attack[row] && hashId(row, seed + 41) % 2 === 0;
    const rows = Int32Array.from({ length: matrix.rows }, (_, row) => row);
    const ordinary = rows.filter(first);
    const all = rows.filter((row) => !first(row));
    const random = randomSource(seed, 42);
    const drawn = sampleWithoutReplacement(all.length, MOST_ROWS, random).sort();
    const rest = drawn.map((at) => all[at]!);
    for (const member of this.members) await member.fit(takeRows(views.get(member.view), ordinary), seed);
    const taken = takeRows(matrix, rest);
    const widened = this.widen(taken, (view) => takeRows(views.get(view), rest));
    this.forest.fit(
      widened,
      seed,
      Uint8Array.from(rest, (row) => attack[row]!),
    );
    this.chosen = `forest of ${rest.length} rows over the columns and ${this.members.map(({ id }) => id).join(', ')}`;
  }

  score(matrix: FeatureMatrix): Float64Array {
    return this.scoreViews(this.viewsOf(matrix));
  }

  scoreViews(views: Views): Float64Array {
    return this.forest.score(this.widen(views.get('plain'), (view) => views.get(view)));
  }

  /** The columns, and one more for each member. */
  private widen(matrix: FeatureMatrix, viewOf: (view: View) => FeatureMatrix): FeatureMatrix {
    const scores = this.members.map((member) => member.score(viewOf(member.view)));
    const [from, to] = [matrix.features.length, matrix.features.length + scores.length];
    const data = new Float32Array(matrix.rows * to);
    for (let r = 0; r < matrix.rows; r++) {
      data.set(matrix.data.subarray(r * from, (r + 1) * from), r * to);
      for (const [m, score] of scores.entries()) data[r * to + from + m] = score[r]!;
    }
    return { features: [...matrix.features, ...this.members.map(({ id }) => id)], rows: matrix.rows, data };
  }
}

/**
 * A random forest that sees, beside the columns, what unsupervised detectors make of a row (stacking: Wolpert 1992). They
 * are fitted on one half of the ordinary rows and the forest on the rest, else every row the forest learns from would be
 * its own nearest neighbour.
 */
import { KNearest } from '../detectors/k-nearest/detector.ts';
import { GaussianMixture } from '../detectors/gaussian-mixture/detector.ts';
import { IsolationForestDetector } from '../detectors/forest/detector.ts';
import type { RawExplanation } from '../detectors/detector.ts';
import { AsMatrixDetector } from '../detectors/matrix/calibrated.ts';
import type { ClassWeighing } from '../detectors/matrix/classes.ts';
import type { ParameterValues } from '../detectors/matrix/parameters.ts';
import {
  takeRows,
  type AfterStep,
  type MatrixDetector,
  type MatrixState,
  type View,
} from '../detectors/matrix/types.ts';
import { RandomForest } from '../detectors/random-forest/detector.ts';
import { MeanZ2 } from '../detectors/statistics/mean-z2.ts';
import { hashId, randomSource, sampleWithoutReplacement } from '../features/random.ts';
import type { DetectorSnapshot, FeatureMatrix } from '../types.ts';
import type { Views } from './encode.ts';
import { loadPart, saveParts, Together } from './together.ts';

export const STACKED_ID = 'stacked-forest';
/** Rows the forest learns from at most, drawn by seed: nearest neighbours of each have to be found. */
const MOST_ROWS = 40_000;

export class StackedForest extends Together {
  readonly id = STACKED_ID;
  readonly minimumRows = 1024;
  readonly members: readonly MatrixDetector[] = [
    new AsMatrixDetector(new MeanZ2()),
    new AsMatrixDetector(new IsolationForestDetector()),
    new KNearest(),
    new GaussianMixture(),
  ];
  private readonly forest: RandomForest;

  /** `shape` and `weigh`: of the forest. */
  constructor(shape: ParameterValues = {}, weigh?: ClassWeighing) {
    super();
    this.forest = new RandomForest(shape, weigh);
  }

  async fitInTurns(
    matrix: FeatureMatrix,
    seed: number,
    attack: Uint8Array | undefined,
    afterStep: AfterStep,
  ): Promise<void> {
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
    const widened = this.widen(takeRows(matrix, rest), (view) => takeRows(views.get(view), rest));
    await this.forest.fitInTurns(
      widened,
      seed,
      Uint8Array.from(rest, (row) => attack[row]!),
      afterStep,
    );
    this.chosen = `forest of ${rest.length} rows over the columns and ${this.members.map(({ id }) => id).join(', ')}`;
  }

  scoreViews(views: Views): Float64Array {
    return this.forest.score(this.widen(views.get('plain'), (view) => views.get(view)));
  }

  /** Parts of the columns, then of what each member says. */
  explainWidened(row: FeatureMatrix): RawExplanation {
    const views = this.viewsOf(row);
    return this.forest.explain(this.widen(row, (view) => views.get(view)).data);
  }

  save(): MatrixState {
    const { head, arrays } = saveParts([...this.members, this.forest]);
    return { head: { ...head, chosen: this.chosen }, arrays };
  }

  load(snapshot: DetectorSnapshot, columns: readonly string[]): void {
    for (const member of this.members) loadPart(member, snapshot, columns);
    loadPart(this.forest, snapshot, this.widenedColumns(columns));
    this.chosen = String(snapshot.head['chosen']);
  }

  private widenedColumns(columns: readonly string[]): string[] {
    return [...columns, ...this.members.map(({ id }) => id)];
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
    return { features: this.widenedColumns(matrix.features), rows: matrix.rows, data };
  }
}

/**
 * Forests that also learn from rows nobody sent. *contrast-forest*: ordinary rows against made-up ones; without labels.
 * *open-forest*: ordinary rows against attacks and made-up ones, so that what is neither is not taken for ordinary only
 * because it is no known attack (outlier exposure: Hendrycks, Mazeika & Dietterich 2019, with made-up outliers).
 */
import { randomSource, sampleWithoutReplacement } from '../../features/random.ts';
import type { DetectorSnapshot, FeatureMatrix } from '../../types.ts';
import type { RawExplanation } from '../detector.ts';
import { sampleRows, takeRows, type MatrixDetector, type MatrixState, type RowContext } from '../matrix/types.ts';
import { RandomForest } from '../random-forest/detector.ts';
import { columnOwners, madeUpAnomalies, recombined } from './made-up.ts';
import { drawByKind, stacked } from './rows.ts';

/** Ordinary rows that are learned from, drawn by seed; made-up ones and attacks are as many at most. */
const MOST_ORDINARY = 30_000;
/** Made-up rows of either sort beside known attacks, for each ordinary row: half as many, so that attacks are a half of all that is not ordinary. */
const BESIDE_ATTACKS = 0.5;

abstract class AgainstMadeUp implements MatrixDetector {
  abstract readonly id: string;
  readonly view = 'plain';
  readonly minimumRows = 256;
  chosen = '';
  protected readonly forest = new RandomForest();

  abstract fit(matrix: FeatureMatrix, seed: number, attack?: Uint8Array, context?: RowContext): void;

  /** `known`: attacks, if any; `share`: made-up rows of either sort for each ordinary one. */
  protected learn(ordinary: FeatureMatrix, known: readonly FeatureMatrix[], share: number, seed: number): void {
    const owner = columnOwners(ordinary.features);
    const count = Math.round(ordinary.rows * share);
    const recombination = recombined(ordinary, owner, count, randomSource(seed, 901));
    const strange = { ...madeUpAnomalies(ordinary, owner, seed), rows: count };
    const rows = stacked([ordinary, ...known, recombination, strange]);
    this.forest.fit(rows, seed, new Uint8Array(rows.rows).fill(1, ordinary.rows));
    const attacks = known.reduce((sum, matrix) => sum + matrix.rows, 0);
    const beside = attacks > 0 ? `${attacks} attacks and ` : '';
    this.chosen = `${ordinary.rows} ordinary rows against ${beside}${2 * count} made-up ones`;
  }

  score(matrix: FeatureMatrix): Float64Array {
    return this.forest.score(matrix);
  }

  explain(row: Float32Array): RawExplanation {
    return this.forest.explain(row);
  }

  save(): MatrixState {
    const { head, arrays } = this.forest.save();
    return { head: { ...head, chosen: this.chosen }, arrays };
  }

  load(snapshot: DetectorSnapshot, columns: readonly string[]): void {
    this.forest.load(snapshot, columns);
    this.chosen = String(snapshot.head['chosen']);
  }
}

function drawn(matrix: FeatureMatrix, seed: number): FeatureMatrix {
  const random = randomSource(seed, 902);
  return sampleRows(matrix, MOST_ORDINARY, (size, count) => sampleWithoutReplacement(size, count, random));
}

export class ContrastForest extends AgainstMadeUp {
  readonly id = 'contrast-forest';

  fit(matrix: FeatureMatrix, seed: number): void {
    this.learn(drawn(matrix, seed), [], 1, seed);
  }
}

export class OpenForest extends AgainstMadeUp {
  readonly id = 'open-forest';

  fit(matrix: FeatureMatrix, seed: number, attack?: Uint8Array, { kind }: RowContext = {}): void {
    if (!attack) throw new RangeError('open-forest learns from labels');
    const all = Int32Array.from({ length: matrix.rows }, (_, row) => row);
    const ordinary = drawn(
      takeRows(
        matrix,
        all.filter((row) => !attack[row]),
      ),
      seed,
    );
    const bad = all.filter((row) => attack[row]);
    const chosen = drawByKind(bad, kind ?? attack, ordinary.rows, randomSource(seed, 903));
    this.learn(ordinary, [takeRows(matrix, chosen)], BESIDE_ATTACKS, seed);
  }
}

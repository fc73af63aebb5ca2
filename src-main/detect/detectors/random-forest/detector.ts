/** Random forest (Breiman 2001): the mean share of attacks in the leaves of 100 trees, classes weighted to count alike. */
import type { DetectorSnapshot, FeatureMatrix } from '../../types.ts';
import type { RawExplanation } from '../detector.ts';
import { pathLengths, type FlatForest } from '../forest/flat.ts';
import { loadForest, saveForest } from '../forest/saved.ts';
import { pathLengthShap } from '../forest/treeshap.ts';
import { balance } from '../logistic-regression/detector.ts';
import type { MatrixDetector, MatrixState } from '../matrix/types.ts';
import { growForest, growForestInTurns } from './grow.ts';

export const TREES = 100;

export class RandomForest implements MatrixDetector {
  readonly id = 'random-forest';
  readonly view = 'plain';
  readonly minimumRows = 64;
  private readonly trees: number;
  private forest: FlatForest | undefined;

  constructor(trees = TREES) {
    this.trees = trees;
  }

  fit(matrix: FeatureMatrix, seed: number, attack?: Uint8Array): void {
    if (!attack) throw new RangeError('random-forest learns from labels');
    this.forest = growForest(matrix, attack, balance(attack), this.trees, seed);
  }

  /** The same forest; `afterTree` may tell how far it is, let others have a turn, or throw to end it. */
  async fitInTurns(
    matrix: FeatureMatrix,
    attack: Uint8Array,
    seed: number,
    classWeight: readonly [number, number],
    afterTree: (grown: number, of: number) => Promise<void>,
  ): Promise<void> {
    this.forest = await growForestInTurns(matrix, attack, classWeight, this.trees, seed, afterTree);
  }

  save(): MatrixState {
    return saveForest(this.fitted());
  }

  load(snapshot: DetectorSnapshot, columns: readonly string[]): void {
    this.forest = loadForest(snapshot, columns.length);
  }

  private fitted(): FlatForest {
    if (!this.forest) throw new RangeError('random-forest has not learned yet');
    return this.forest;
  }

  score({ data, rows, features }: FeatureMatrix): Float64Array {
    const out = new Float64Array(rows);
    pathLengths(this.fitted(), data, rows, features.length, out);
    return out;
  }

  /** Exact path-dependent TreeSHAP of the mean share. */
  explain(row: Float32Array): RawExplanation {
    const { base, phi } = pathLengthShap(this.fitted(), row);
    const out = new Float64Array(1);
    pathLengths(this.fitted(), row, 1, row.length, out);
    return { base, score: out[0]!, contributions: phi };
  }
}

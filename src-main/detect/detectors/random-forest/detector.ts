/** Random forest (Breiman 2001): the mean share of attacks in the leaves of its trees, classes weighted to count alike. */
import type { DetectorSnapshot, FeatureMatrix } from '../../types.ts';
import type { RawExplanation } from '../detector.ts';
import { pathLengths, type FlatForest } from '../forest/flat.ts';
import { loadForest, saveForest } from '../forest/saved.ts';
import { pathLengthShap } from '../forest/treeshap.ts';
import { balance, type ClassWeighing } from '../matrix/classes.ts';
import { usualValues, type Parameter } from '../matrix/parameters.ts';
import type { AfterStep, MatrixDetector, MatrixState } from '../matrix/types.ts';
import { growForest, growForestInTurns, MOST_DEPTH, type TreeShape } from './grow.ts';

export const RANDOM_FOREST_PARAMETERS: readonly Parameter[] = [
  {
    id: 'trees',
    meaning: 'how many trees vote',
    least: 1,
    most: 1000,
    usual: 100,
    whole: true,
    search: { least: 50, most: 200, log: true },
  },
  {
    id: 'maxDepth',
    meaning: 'splits from the root to a leaf at most',
    least: 1,
    most: MOST_DEPTH,
    usual: MOST_DEPTH,
    whole: true,
    search: { least: 6, most: MOST_DEPTH },
  },
  {
    id: 'leafRows',
    meaning: 'fewest records on either side of a split',
    least: 1,
    most: 10_000,
    usual: 1,
    whole: true,
    search: { least: 1, most: 50, log: true },
  },
  {
    id: 'columns',
    meaning: 'columns tried at a split; 0: the square root of their number',
    least: 0,
    most: 10_000,
    usual: 0,
    whole: true,
    search: { least: 4, most: 40, log: true },
  },
];

export class RandomForest implements MatrixDetector {
  readonly id = 'random-forest';
  readonly view = 'plain';
  readonly minimumRows = 64;
  private readonly shape: TreeShape;
  private readonly weigh: ClassWeighing;
  private forest: FlatForest | undefined;

  constructor(shape: Partial<TreeShape> = {}, weigh: ClassWeighing = balance) {
    const { trees, maxDepth, leafRows, columns } = { ...usualValues(RANDOM_FOREST_PARAMETERS), ...shape };
    this.shape = { trees: trees!, maxDepth: maxDepth!, leafRows: leafRows!, columns: columns! };
    this.weigh = weigh;
  }

  fit(matrix: FeatureMatrix, seed: number, attack?: Uint8Array): void {
    const labels = demandLabels(attack);
    this.forest = growForest(matrix, labels, this.weigh(labels), this.shape, seed);
  }

  async fitInTurns(
    matrix: FeatureMatrix,
    seed: number,
    attack: Uint8Array | undefined,
    afterTree: AfterStep,
  ): Promise<void> {
    const labels = demandLabels(attack);
    this.forest = await growForestInTurns(matrix, labels, this.weigh(labels), this.shape, seed, afterTree);
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

function demandLabels(attack: Uint8Array | undefined): Uint8Array {
  if (!attack) throw new RangeError('random-forest learns from labels');
  return attack;
}

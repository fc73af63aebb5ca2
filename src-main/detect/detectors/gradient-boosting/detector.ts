/** Gradient-boosted trees (Friedman 2001), classes weighted to count alike. Score: log odds of an attack. */
import type { DetectorSnapshot, FeatureMatrix } from '../../types.ts';
import type { RawExplanation } from '../detector.ts';
import { pathLengths } from '../forest/flat.ts';
import { loadForest, saveForest } from '../forest/saved.ts';
import { pathLengthShap } from '../forest/treeshap.ts';
import { balance, type ClassWeighing } from '../matrix/classes.ts';
import { usualValues, type Parameter } from '../matrix/parameters.ts';
import type { AfterStep, MatrixDetector, MatrixState } from '../matrix/types.ts';
import { MOST_DEPTH } from '../random-forest/grow.ts';
import { Booster, type Boosted, type BoostingShape } from './grow.ts';

export const BOOSTING_PARAMETERS: readonly Parameter[] = [
  {
    id: 'trees',
    meaning: 'how many trees are added up',
    least: 1,
    most: 2000,
    usual: 100,
    whole: true,
    search: { least: 50, most: 300, log: true },
  },
  {
    id: 'rate',
    meaning: 'how much of each tree is taken',
    least: 0.001,
    most: 1,
    usual: 0.1,
    whole: false,
    search: { least: 0.03, most: 0.3, log: true },
  },
  {
    id: 'leaves',
    meaning: 'leaves of a tree at most',
    least: 2,
    most: 255,
    usual: 31,
    whole: true,
    search: { least: 4, most: 64, log: true },
  },
  {
    id: 'maxDepth',
    meaning: 'splits from the root to a leaf at most',
    least: 1,
    most: MOST_DEPTH,
    usual: MOST_DEPTH,
    whole: true,
  },
  {
    id: 'leafRows',
    meaning: 'fewest records of a leaf',
    least: 1,
    most: 10_000,
    usual: 20,
    whole: true,
    search: { least: 5, most: 100, log: true },
  },
  {
    id: 'l2',
    meaning: 'pull of the leaves towards zero',
    least: 0,
    most: 1000,
    usual: 1,
    whole: false,
    search: { least: 0.1, most: 30, log: true },
  },
  { id: 'rows', meaning: 'share of the records each tree looks at', least: 0.05, most: 1, usual: 1, whole: false },
  {
    id: 'columns',
    meaning: 'share of the columns each tree looks at',
    least: 0.05,
    most: 1,
    usual: 1,
    whole: false,
    search: { least: 0.3, most: 1 },
  },
];

export class GradientBoosting implements MatrixDetector {
  readonly id = 'gradient-boosting';
  readonly view = 'plain';
  readonly minimumRows = 64;
  private readonly shape: BoostingShape;
  private readonly weigh: ClassWeighing;
  private boosted: Boosted | undefined;

  constructor(shape: Partial<BoostingShape> = {}, weigh: ClassWeighing = balance) {
    this.shape = { ...usualValues(BOOSTING_PARAMETERS), ...shape } as BoostingShape;
    this.weigh = weigh;
  }

  fit(matrix: FeatureMatrix, seed: number, attack?: Uint8Array): void {
    const booster = this.begin(matrix, seed, attack);
    for (let t = 0; t < this.shape.trees; t++) booster.step();
    this.boosted = booster.finish();
  }

  async fitInTurns(
    matrix: FeatureMatrix,
    seed: number,
    attack: Uint8Array | undefined,
    afterTree: AfterStep,
  ): Promise<void> {
    const booster = this.begin(matrix, seed, attack);
    for (let t = 0; t < this.shape.trees; t++) {
      booster.step();
      await afterTree(t + 1, this.shape.trees);
    }
    this.boosted = booster.finish();
  }

  private begin(matrix: FeatureMatrix, seed: number, attack: Uint8Array | undefined): Booster {
    if (!attack) throw new RangeError('gradient-boosting learns from labels');
    return new Booster(matrix, attack, this.weigh(attack), this.shape, seed);
  }

  private fitted(): Boosted {
    if (!this.boosted) throw new RangeError('gradient-boosting has not learned yet');
    return this.boosted;
  }

  save(): MatrixState {
    const { bias, forest } = this.fitted();
    const { head, arrays } = saveForest(forest);
    return { head: { ...head, bias }, arrays };
  }

  load(snapshot: DetectorSnapshot, columns: readonly string[]): void {
    const { bias } = snapshot.head;
    if (typeof bias !== 'number' || !Number.isFinite(bias)) throw new RangeError('gradient-boosting: no bias');
    this.boosted = { bias, forest: loadForest(snapshot, columns.length) };
  }

  score({ data, rows, features }: FeatureMatrix): Float64Array {
    const { bias, forest } = this.fitted();
    const out = new Float64Array(rows);
    pathLengths(forest, data, rows, features.length, out);
    const trees = forest.roots.length;
    for (let r = 0; r < rows; r++) out[r] = bias + out[r]! * trees;
    return out;
  }

  /** Exact path-dependent TreeSHAP of the log odds. */
  explain(row: Float32Array): RawExplanation {
    const { bias, forest } = this.fitted();
    const trees = forest.roots.length;
    const { base, phi } = pathLengthShap(forest, row);
    const features = new Array<string>(row.length).fill('');
    const score = this.score({ features, rows: 1, data: row })[0]!;
    return { base: bias + base * trees, score, contributions: phi.map((x) => x * trees) };
  }
}

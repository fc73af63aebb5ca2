/**
 * Isolation forest (Liu, Ting & Zhou 2008): rows that random splits isolate after few steps are unusual. Raw score:
 * −(mean path length) / c(subsample), so that 2^raw is the score of the paper and of the library.
 */
import type { DetectorSnapshot, FeatureMatrix } from '../../types.ts';
import { CalibratedDetector, type RawExplanation } from '../detector.ts';
import { ForestKernel } from '../kernels/forest.ts';
import { averagePath, flatten, type FlatForest } from './flat.ts';
import { loadForest, saveForest } from './saved.ts';
import { usualValues, type Parameter } from '../matrix/parameters.ts';
import { growTrees, SUBSAMPLE, TREES } from './train.ts';
import { pathLengthShap } from './treeshap.ts';

export const ISOLATION_PARAMETERS: readonly Parameter[] = [
  {
    id: 'trees',
    meaning: 'how many trees are averaged',
    least: 1,
    most: 1000,
    usual: TREES,
    whole: true,
    search: { least: 50, most: 300, log: true },
  },
  {
    id: 'subsample',
    meaning: 'records each tree learns from',
    least: 8,
    most: 4096,
    usual: SUBSAMPLE,
    whole: true,
    search: { least: 64, most: 1024, log: true },
  },
];

interface IsolationOptions {
  trees: number;
  subsample: number;
}

export class IsolationForestDetector extends CalibratedDetector {
  readonly id = 'isolation-forest';
  readonly minimumRows = SUBSAMPLE;
  override readonly backend = 'wasm';
  private readonly options: IsolationOptions;
  private forest: FlatForest | undefined;
  private kernel: ForestKernel | undefined;

  constructor(options: Partial<IsolationOptions> = {}) {
    super();
    const { trees, subsample } = { ...usualValues(ISOLATION_PARAMETERS), ...options };
    this.options = { trees: trees!, subsample: subsample! };
  }

  fitNow(training: FeatureMatrix, calibration: FeatureMatrix, seed: number): void {
    if (!this.begin(training, calibration)) return;
    this.learn(training, calibration, seed);
    this.finishFit(calibration);
  }

  protected learn(training: FeatureMatrix, _calibration: FeatureMatrix, seed: number): void {
    const { trees, subsample } = growTrees(training, seed, this.options.trees, this.options.subsample);
    this.adopt(flatten(trees, subsample));
  }

  private adopt(forest: FlatForest): void {
    this.forest = forest;
    this.kernel = new ForestKernel(forest, this.columns.length);
  }

  private fittedForest(): FlatForest {
    if (!this.forest) throw new RangeError('the isolation forest has not learned yet');
    return this.forest;
  }

  raw(data: Float32Array, rows: number, out: Float64Array): void {
    const forest = this.fittedForest();
    this.kernel!.run(data, rows, out);
    const unit = averagePath(forest.subsample);
    for (let r = 0; r < rows; r++) out[r] = -out[r]! / unit;
  }

  explainRow(row: Float32Array): RawExplanation {
    const forest = this.fittedForest();
    const unit = averagePath(forest.subsample);
    const { base, phi } = pathLengthShap(forest, row);
    const contributions = phi.map((x) => -x / unit);
    const out = new Float64Array(1);
    this.raw(row, 1, out);
    return { base: -base / unit, score: out[0]!, contributions };
  }

  protected save(): Pick<DetectorSnapshot, 'head' | 'arrays'> {
    return this.forest ? saveForest(this.forest) : { head: {}, arrays: {} };
  }

  protected load(snapshot: DetectorSnapshot): void {
    this.adopt(loadForest(snapshot, this.columns.length));
  }
}

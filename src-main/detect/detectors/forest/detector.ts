/**
 * Isolation forest (Liu, Ting & Zhou 2008): rows that random splits isolate after few steps are unusual. Raw score:
 * −(mean path length) / c(subsample), so that 2^raw is the score of the paper and of the library.
 */
import type { DetectorSnapshot, FeatureMatrix } from '../../types.ts';
import { arrayOf, CalibratedDetector, type RawExplanation } from '../detector.ts';
import { ForestKernel } from '../kernels/forest.ts';
import { averagePath, flatten, type FlatForest } from './flat.ts';
import { growTrees, SUBSAMPLE } from './train.ts';
import { pathLengthShap } from './treeshap.ts';

export class IsolationForestDetector extends CalibratedDetector {
  readonly id = 'isolation-forest';
  readonly minimumRows = SUBSAMPLE;
  override readonly backend = 'wasm';
  private forest: FlatForest | undefined;
  private kernel: ForestKernel | undefined;

  fitNow(training: FeatureMatrix, calibration: FeatureMatrix, seed: number): void {
    if (!this.begin(training, calibration)) return;
    this.learn(training, calibration, seed);
    this.finishFit(calibration);
  }

  protected learn(training: FeatureMatrix, _calibration: FeatureMatrix, seed: number): void {
    const { trees, subsample } = growTrees(training, seed);
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
    if (!this.forest) return { head: {}, arrays: {} };
    const { roots, feature, threshold, right, cover, path, subsample } = this.forest;
    return { head: { subsample }, arrays: { roots, feature, threshold, right, cover: Int32Array.from(cover), path } };
  }

  protected load(snapshot: DetectorSnapshot): void {
    const feature = arrayOf(snapshot, 'feature', Int32Array);
    const nodes = feature.length;
    const forest: FlatForest = {
      roots: arrayOf(snapshot, 'roots', Int32Array),
      feature,
      threshold: arrayOf(snapshot, 'threshold', Float32Array, nodes),
      right: arrayOf(snapshot, 'right', Int32Array, nodes),
      cover: Float64Array.from(arrayOf(snapshot, 'cover', Int32Array, nodes)),
      path: arrayOf(snapshot, 'path', Float64Array, nodes),
      subsample: Number(snapshot.head['subsample']),
    };
    checkForest(forest, this.columns.length);
    this.adopt(forest);
  }
}

/** A forest from a file must lead every walk forward to a leaf: else scoring could run for ever. */
function checkForest({ roots, feature, right, subsample }: FlatForest, width: number): void {
  const nodes = feature.length;
  const wrong = (what: string): never => {
    throw new RangeError(`isolation-forest: ${what}`);
  };
  if (!(subsample >= 2)) wrong('no size of subsamples');
  if (roots.length === 0) wrong('no trees');
  for (const root of roots) if (!(root >= 0 && root < nodes)) wrong('a tree begins outside the nodes');
  for (let n = 0; n < nodes; n++) {
    if (feature[n]! < 0) continue;
    if (feature[n]! >= width) wrong('a split on a column that is not there');
    if (!(right[n]! > n && right[n]! < nodes && n + 1 < nodes)) wrong('a branch that does not lead on');
  }
}

/** Forests of typed arrays to snapshots and back. */
import type { DetectorSnapshot } from '../../types.ts';
import { arrayOf } from '../detector.ts';
import type { FlatForest } from './flat.ts';

/** Head and arrays of a snapshot. */
export function saveForest(forest: FlatForest): Pick<DetectorSnapshot, 'head' | 'arrays'> {
  const { roots, feature, threshold, right, cover, path, subsample } = forest;
  return { head: { subsample }, arrays: { roots, feature, threshold, right, cover: Int32Array.from(cover), path } };
}

/** @throws RangeError when the arrays make no forest over `width` columns. */
export function loadForest(snapshot: DetectorSnapshot, width: number): FlatForest {
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
  checkForest(snapshot.id, forest, width);
  return forest;
}

/** A forest from a file must lead every walk forward to a leaf: else scoring could run for ever. */
function checkForest(id: string, { roots, feature, right, subsample }: FlatForest, width: number): void {
  const nodes = feature.length;
  const wrong = (what: string): never => {
    throw new RangeError(`${id}: ${what}`);
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

/** Reference rows of the detectors that look for neighbours, to snapshots and back. */
import type { DetectorSnapshot } from '../../types.ts';
import { arrayOf } from '../detector.ts';
import { NearestRows } from './nearest.ts';

export function saveReference({ data, rows, width }: NearestRows): DetectorSnapshot['arrays'] {
  return { reference: data.slice(0, rows * width) };
}

/** @throws RangeError when there are no whole rows of these columns. */
export function loadReference(snapshot: DetectorSnapshot, columns: readonly string[]): NearestRows {
  const data = arrayOf(snapshot, 'reference', Float32Array);
  const rows = data.length / columns.length;
  if (!(rows >= 1) || !Number.isInteger(rows)) throw new RangeError(`${snapshot.id}: no whole rows to compare with`);
  return new NearestRows({ features: columns, rows, data });
}

/**
 * The best one-line rule: one column and one threshold (or one word) that parts the training labels best, by recall minus
 * false-positive rate (Youden 1950; after Holte's 1R 1993). What anything learned must beat.
 */
import type { DetectorSnapshot, FeatureMatrix } from '../../types.ts';
import type { MatrixDetector, MatrixState } from '../matrix/types.ts';

export class OneRule implements MatrixDetector {
  readonly id = 'one-rule';
  readonly view = 'plain';
  readonly minimumRows = 2;
  chosen = '';
  private column = 0;
  private above = true;
  private threshold = 0;

  fit(matrix: FeatureMatrix, _seed: number, attack?: Uint8Array): void {
    if (!attack) throw new RangeError('one-rule learns from labels');
    let best = -1;
    for (let j = 0; j < matrix.features.length; j++) {
      const found = bestThreshold(matrix, attack, j);
      if (found.gain <= best) continue;
      best = found.gain;
      this.column = j;
      this.above = found.above;
      this.threshold = found.threshold;
    }
    const name = matrix.features[this.column]!;
    if (name.includes('=')) this.chosen = this.above ? name : `not ${name}`;
    else this.chosen = `${name} ${this.above ? '≥' : '<'} ${Number(this.threshold.toPrecision(4))}`;
  }

  save(): MatrixState {
    const { column, above, threshold, chosen } = this;
    return { head: { column, above, threshold, chosen }, arrays: {} };
  }

  load({ head }: DetectorSnapshot, columns: readonly string[]): void {
    const column = Number(head['column']);
    const threshold = Number(head['threshold']);
    if (columns[column] === undefined || !Number.isFinite(threshold)) throw new RangeError('one-rule: no rule');
    this.column = column;
    this.above = head['above'] === true;
    this.threshold = threshold;
    this.chosen = String(head['chosen']);
  }

  /** How far on the wrong side of the threshold. */
  score({ data, rows, features }: FeatureMatrix): Float64Array {
    const width = features.length;
    const sign = this.above ? 1 : -1;
    return Float64Array.from({ length: rows }, (_, r) => sign * (data[r * width + this.column]! - this.threshold));
  }
}

function bestThreshold(
  { data, rows, features }: FeatureMatrix,
  attack: Uint8Array,
  j: number,
): { gain: number; above: boolean; threshold: number } {
  const width = features.length;
  const normal = new Map<number, number>();
  const bad = new Map<number, number>();
  let [normals, attacks] = [0, 0];
  for (let r = 0; r < rows; r++) {
    const x = data[r * width + j]!;
    const into = attack[r] ? bad : normal;
    into.set(x, (into.get(x) ?? 0) + 1);
    if (attack[r]) attacks++;
    else normals++;
  }
  const values = [...new Set([...normal.keys(), ...bad.keys()])].sort((a, b) => a - b);
  let best = { gain: -1, above: true, threshold: 0 };
  let [below, badBelow] = [0, 0];
  for (const threshold of values) {
    // Attack when at or above the threshold; when below it, the gain is the same with the other sign.
    const gain = (attacks - badBelow) / attacks - (normals - below) / normals;
    if (Math.abs(gain) > best.gain) best = { gain: Math.abs(gain), above: gain > 0, threshold };
    below += normal.get(threshold) ?? 0;
    badBelow += bad.get(threshold) ?? 0;
  }
  return best;
}

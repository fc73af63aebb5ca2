/** Against imbalance: how often the rows of a class are learned from, and how much each class counts. */
import { CLASS_WEIGHTS, SAMPLINGS } from '../../../src-shared/domain/lab.ts';
import { balance, unweighted, type ClassWeighing } from '../detectors/matrix/classes.ts';
import { randomSource, sampleWithoutReplacement } from '../features/random.ts';

export { CLASS_WEIGHTS, SAMPLINGS };
export type ClassWeights = (typeof CLASS_WEIGHTS)[number];
export type Sampling = (typeof SAMPLINGS)[number];

/** Repeats that oversampling makes at most. */
const MOST_ROWS = 5_000_000;

export function weighingOf(classWeights: ClassWeights): ClassWeighing {
  return classWeights === 'none' ? unweighted : balance;
}

export function joinedRows(a: Int32Array, b: Int32Array): Int32Array {
  const out = new Int32Array(a.length + b.length);
  out.set(a);
  out.set(b, a.length);
  return out;
}

/** Rows by class with the smaller class as often as the greater: fewer of the one, or repeats of the other. */
export function sampledRows(rows: Int32Array, attack: Uint8Array, sampling: Sampling, seed: number): Int32Array {
  const [normal, bad] = [rows.filter((row) => !attack[row]), rows.filter((row) => attack[row])];
  if (sampling === 'none' || normal.length === 0 || bad.length === 0) return rows;
  const [few, many] = normal.length < bad.length ? [normal, bad] : [bad, normal];
  const random = randomSource(seed, 811);
  if (sampling === 'under') {
    const kept = sampleWithoutReplacement(many.length, few.length, random);
    return joinedRows(
      few,
      kept.map((at) => many[at]!),
    ).sort();
  }
  const missing = Math.min(many.length - few.length, MOST_ROWS);
  const repeats = Int32Array.from({ length: missing }, () => few[Math.floor(random() * few.length)]!);
  return joinedRows(rows, repeats).sort();
}

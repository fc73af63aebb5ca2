/**
 * Detectors together: the weighted mean of their surprises (−log10 of the tail probability among held-back rows). No labels:
 * a member weighs by how well it tells made-up anomalies from held-back rows, and less the more its surprises run with
 * those of others: four statistics that say the same have about one voice.
 */
import { calibrate, type TailCalibration } from '../detectors/calibration.ts';

export interface MemberScores {
  id: string;
  /** Raw scores of rows held back from fitting. */
  validation: Float64Array;
  /** ROC-AUC of made-up anomalies against those rows. */
  quality: number;
}

export interface EnsembleMember {
  id: string;
  weight: number;
  calibration: TailCalibration;
}

export interface Ensemble {
  members: readonly EnsembleMember[];
  weights: ReadonlyMap<string, number>;
  /** Raw scores by member id, equally many each, to one score a row. */
  combine(scores: ReadonlyMap<string, Float64Array>): Float64Array;
}

/** Of members whose calibrations and weights are known. */
export function ensembleOf(members: readonly EnsembleMember[]): Ensemble {
  return {
    members,
    weights: new Map(members.map(({ id, weight }) => [id, weight])),
    combine(scores) {
      const out = new Float64Array(scores.get(members[0]!.id)!.length);
      for (const { id, weight, calibration } of members) add(out, scores.get(id)!, calibration, weight);
      return out;
    },
  };
}

/** Fits calibrations and weights. @throws RangeError without members. */
export function fitEnsemble(members: readonly MemberScores[]): Ensemble {
  if (members.length === 0) throw new RangeError('an ensemble needs members');
  const calibrations = members.map(({ validation }) => calibrate(validation));
  const surprises = members.map(({ validation }, m) => validation.map((raw) => calibrations[m]!.at(raw)));
  const weights = weightsOf(
    surprises,
    members.map(({ quality }) => quality),
  );
  return ensembleOf(members.map(({ id }, m) => ({ id, weight: weights[m]!, calibration: calibrations[m]! })));
}

function add(out: Float64Array, raw: Float64Array, calibration: TailCalibration, weight: number): void {
  for (let r = 0; r < out.length; r++) out[r]! += weight * calibration.at(raw[r]!);
}

/**
 * Weights that sum to 1: quality above chance, by the sum of the correlations with all members (itself among them, negative
 * ones as none). Equal weights where no member beats chance.
 */
export function weightsOf(surprises: readonly Float64Array[], qualities: readonly number[]): number[] {
  const raw = surprises.map((own, m) => {
    const voices = surprises.reduce((sum, other) => sum + Math.max(0, own === other ? 1 : correlation(own, other)), 0);
    return Math.max(0, 2 * qualities[m]! - 1) / voices;
  });
  const total = raw.reduce((a, b) => a + b, 0);
  return raw.map((w) => (total > 0 ? w / total : 1 / raw.length));
}

/** Pearson's; 0 where one does not vary. */
export function correlation(a: Float64Array, b: Float64Array): number {
  const n = a.length;
  let [ma, mb] = [0, 0];
  for (let i = 0; i < n; i++) {
    ma += a[i]! / n;
    mb += b[i]! / n;
  }
  let [ab, aa, bb] = [0, 0, 0];
  for (let i = 0; i < n; i++) {
    ab += (a[i]! - ma) * (b[i]! - mb);
    aa += (a[i]! - ma) ** 2;
    bb += (b[i]! - mb) ** 2;
  }
  return aa > 0 && bb > 0 ? ab / Math.sqrt(aa * bb) : 0;
}

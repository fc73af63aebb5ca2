/** How well scores rank attacks before ordinary records. Higher scores are more unusual; ties are counted exactly. */
export { wilson } from '../../../src-shared/domain/wilson.ts';

/** Records at each distinct score, from the highest down. */
export interface Steps {
  score: Float64Array;
  /** Attacks and ordinary records with a score at least that. */
  tp: Float64Array;
  fp: Float64Array;
  attacks: number;
  normals: number;
}

/** @throws RangeError when the lengths differ or a score is not a number. */
export function stepsOf(scores: Float64Array, attack: Uint8Array): Steps {
  if (scores.length !== attack.length) throw new RangeError('as many labels as scores are needed');
  const n = scores.length;
  const order = new Uint32Array(n);
  for (let i = 0; i < n; i++) {
    if (Number.isNaN(scores[i]!)) throw new RangeError(`the score of row ${i} is not a number`);
    order[i] = i;
  }
  order.sort((a, b) => (scores[a]! < scores[b]! ? 1 : scores[a]! > scores[b]! ? -1 : 0));
  const score: number[] = [];
  const tp: number[] = [];
  const fp: number[] = [];
  let attacks = 0;
  let normals = 0;
  for (let i = 0; i < n; i++) {
    const row = order[i]!;
    if (attack[row]) attacks++;
    else normals++;
    if (i + 1 < n && scores[order[i + 1]!]! === scores[row]!) continue;
    score.push(scores[row]!);
    tp.push(attacks);
    fp.push(normals);
  }
  return {
    score: Float64Array.from(score),
    tp: Float64Array.from(tp),
    fp: Float64Array.from(fp),
    attacks,
    normals,
  };
}

/** Area under the ROC curve: the chance that an attack scores above an ordinary record, ties half (Hanley & McNeil 1982). */
export function rocAuc({ tp, fp, attacks, normals }: Steps): number {
  let area = 0;
  let lastTp = 0;
  let lastFp = 0;
  for (let i = 0; i < tp.length; i++) {
    area += (fp[i]! - lastFp) * ((tp[i]! + lastTp) / 2);
    lastTp = tp[i]!;
    lastFp = fp[i]!;
  }
  return area / (attacks * normals);
}

/** Average precision: Σ (recall gained) × precision, no interpolation (as scikit-learn's `average_precision_score`). */
export function averagePrecision({ tp, fp, attacks }: Steps): number {
  let sum = 0;
  let last = 0;
  for (let i = 0; i < tp.length; i++) {
    sum += (tp[i]! - last) * (tp[i]! / (tp[i]! + fp[i]!));
    last = tp[i]!;
  }
  return sum / attacks;
}

/** Greatest recall of a threshold whose false-positive rate is at most `fpr`; no interpolation between thresholds. */
export function recallAtFpr({ tp, fp, attacks, normals }: Steps, fpr: number): number {
  let best = 0;
  for (let i = 0; i < tp.length && fp[i]! <= fpr * normals; i++) best = tp[i]!;
  return best / attacks;
}

/** The least threshold that at most `share` of `scores` reach: an alarm is a score at least this. */
export function thresholdFor(scores: Float64Array, share: number): number {
  const sorted = Float64Array.from(scores).sort();
  const n = sorted.length;
  let alarms = Math.floor(share * n);
  // Ties at the border are all alarms or none.
  while (alarms > 0 && alarms < n && sorted[n - alarms]! === sorted[n - alarms - 1]!) alarms--;
  return alarms > 0 ? sorted[n - alarms]! : above(sorted[n - 1] ?? 0);
}

/** A number a little above `x`, so that nothing seen reaches it. */
function above(x: number): number {
  return x + Math.max(Math.abs(x) * 1e-12, 1e-300);
}

export interface Confusion {
  value: number;
  fpr: number;
  recall: number;
  precision: number;
  f1: number;
  accuracy: number;
  tn: number;
  fp: number;
  fn: number;
  tp: number;
}

const ratio = (a: number, b: number): number => (b === 0 ? 0 : a / b);

/** Alarms where the score is at least `value`. Shares of nothing are 0. */
export function confusionAt(scores: Float64Array, attack: Uint8Array, value: number): Confusion {
  let [tn, fp, fn, tp] = [0, 0, 0, 0];
  for (let i = 0; i < scores.length; i++) {
    const alarm = scores[i]! >= value;
    if (attack[i]) {
      if (alarm) tp++;
      else fn++;
    } else if (alarm) fp++;
    else tn++;
  }
  return {
    value,
    fpr: ratio(fp, fp + tn),
    recall: ratio(tp, tp + fn),
    precision: ratio(tp, tp + fp),
    f1: ratio(2 * tp, 2 * tp + fp + fn),
    accuracy: ratio(tp + tn, tp + tn + fp + fn),
    tn,
    fp,
    fn,
    tp,
  };
}

export interface KindRecall {
  kind: string;
  support: number;
  recall: number;
}

/** Recall of each kind of attack at a threshold, the most frequent first. */
export function recallByKind(
  scores: Float64Array,
  attack: Uint8Array,
  kind: Int32Array,
  kinds: readonly string[],
  value: number,
): KindRecall[] {
  const support = new Float64Array(kinds.length);
  const found = new Float64Array(kinds.length);
  for (let i = 0; i < scores.length; i++) {
    if (!attack[i]) continue;
    support[kind[i]!]!++;
    if (scores[i]! >= value) found[kind[i]!]!++;
  }
  return kinds
    .map((name, k) => ({ kind: name, support: support[k]!, recall: ratio(found[k]!, support[k]!) }))
    .filter((each) => each.support > 0)
    .sort((a, b) => b.support - a.support || (a.kind < b.kind ? -1 : 1));
}

/** What the figures of one result are drawn from: bounded, however many records were scored. */
import { MOST_BINS, MOST_KINDS, MOST_POINTS } from '../../../src-shared/domain/lab.ts';
import type { ResultDetails } from '../../../src-shared/contract/topics/lab.ts';
import { confusionAt, stepsOf, thresholdFor, wilson, type Steps } from './metrics.ts';

export interface DetailedScores {
  /** Of the test records. */
  scores: Float64Array;
  attack: Uint8Array;
  kind: Int32Array;
  kinds: readonly string[];
  /** Of the validation records that count as ordinary. */
  quiet: Float64Array;
  /** That validation set. */
  threshold: number;
  /** A score as the probability of an attack; undefined where it is none. */
  probability: ((score: number) => number) | undefined;
}

export function detailsOf(scored: DetailedScores): Omit<ResultDetails, 'importance'> {
  const { scores, attack, threshold, probability } = scored;
  const steps = stepsOf(scores, attack);
  return {
    roc: rocPoints(steps),
    pr: precisionPoints(steps),
    scores: histogram(scored, edgesFor(scores, attack, threshold)),
    calibration: {
      falsePositives: keptPromises(scored),
      probability: probability === undefined ? null : reliability(scores, attack, probability),
    },
  };
}

/** Half of the points evenly along the curve, half by order of magnitude of x, where the left end matters. */
function chosenPoints(x: Float64Array, y: Float64Array): number[] {
  const n = x.length;
  if (n <= MOST_POINTS) return Array.from({ length: n }, (_, i) => i);
  const along = new Float64Array(n);
  for (let i = 1; i < n; i++) along[i] = along[i - 1]! + Math.abs(x[i]! - x[i - 1]!) + Math.abs(y[i]! - y[i - 1]!);
  const half = MOST_POINTS / 2 - 1;
  const chosen = new Set([0, n - 1]);
  walk(along, half, (q) => (along[n - 1]! * q) / half, chosen);
  const least = Math.log10(x.find((value) => value > 0) ?? 1);
  walk(x, half, (q) => 10 ** (least * (1 - q / half)), chosen);
  return [...chosen].sort((a, b) => a - b);
}

/** Adds the first place at which `rising` reaches each of `count` targets. */
function walk(rising: Float64Array, count: number, target: (q: number) => number, into: Set<number>): void {
  let at = 0;
  for (let q = 0; q < count; q++) {
    while (at < rising.length - 1 && rising[at]! < target(q)) at++;
    into.add(at);
  }
}

/** Six decimals are finer than any picture. */
const drawn = (value: number): number => Number(value.toFixed(6));

function rocPoints({ tp, fp, attacks, normals }: Steps): ResultDetails['roc'] {
  const fpr = Float64Array.from({ length: fp.length + 1 }, (_, i) => (i === 0 ? 0 : fp[i - 1]! / normals));
  const recall = Float64Array.from({ length: tp.length + 1 }, (_, i) => (i === 0 ? 0 : tp[i - 1]! / attacks));
  const chosen = chosenPoints(fpr, recall);
  return { fpr: chosen.map((i) => drawn(fpr[i]!)), recall: chosen.map((i) => drawn(recall[i]!)) };
}

function precisionPoints({ tp, fp, attacks }: Steps): ResultDetails['pr'] {
  const recall = tp.map((found) => found / attacks);
  const precision = tp.map((found, i) => found / (found + fp[i]!));
  const chosen = chosenPoints(recall, precision);
  return { recall: chosen.map((i) => drawn(recall[i]!)), precision: chosen.map((i) => drawn(precision[i]!)) };
}

/**
 * Where bins begin: at quantiles of each class, so that neither hides in one bin of the other, and at the thresholds people
 * ask for. Rising and distinct; the first is the least score.
 */
function edgesFor(scores: Float64Array, attack: Uint8Array, threshold: number): number[] {
  const [normals, attacks] = [0, 1].map((label) => scores.filter((_, i) => attack[i] === label).sort());
  const wanted = [0.001, 0.01, 0.05].map((share) => thresholdFor(normals!, share));
  const most = Math.max(normals!.at(-1)!, attacks!.at(-1)!);
  const edges = new Set([threshold, ...wanted].filter((value) => value <= most));
  const least = Math.min(normals![0]!, attacks![0]!);
  edges.add(least);
  const each = Math.floor((MOST_BINS - edges.size) / 2);
  for (const sorted of [normals!, attacks!]) {
    for (let q = 0; q < each; q++) edges.add(sorted[Math.floor((q / each) * sorted.length)]!);
  }
  return [...edges].filter((edge) => edge >= least).sort((a, b) => a - b);
}

/** Index of the last edge at or below `score`. */
export function binOf(edges: readonly number[], score: number): number {
  let [low, high] = [0, edges.length - 1];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (edges[middle]! <= score) low = middle;
    else high = middle - 1;
  }
  return low;
}

function histogram({ scores, attack, kind, kinds }: DetailedScores, edges: number[]): ResultDetails['scores'] {
  const zeros = (): number[] => edges.map(() => 0);
  const [normal, attacks] = [zeros(), zeros()];
  const ofKind = new Map<number, number[]>();
  let most = -Infinity;
  for (let i = 0; i < scores.length; i++) {
    const bin = binOf(edges, scores[i]!);
    most = Math.max(most, scores[i]!);
    if (!attack[i]) {
      normal[bin]!++;
      continue;
    }
    attacks[bin]!++;
    const counts = ofKind.get(kind[i]!) ?? zeros();
    counts[bin]!++;
    ofKind.set(kind[i]!, counts);
  }
  const named = [...ofKind].map(([k, counts]) => ({
    kind: kinds[k]!,
    support: counts.reduce((a, b) => a + b),
    counts,
  }));
  named.sort((a, b) => b.support - a.support || (a.kind < b.kind ? -1 : 1));
  return { edges, most, normal, attack: attacks, kinds: named.slice(0, MOST_KINDS) };
}

const ASKED = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5];

/** Thresholds set on validation data for a false-positive rate, and the rate that test data then has. */
function keptPromises({ scores, attack, quiet }: DetailedScores): ResultDetails['calibration']['falsePositives'] {
  return ASKED.filter((asked) => asked * quiet.length >= 1).map((asked) => {
    const { fpr, fp, tn } = confusionAt(scores, attack, thresholdFor(quiet, asked));
    return { asked, got: fpr, interval: wilson(fpr, fp + tn) };
  });
}

const RELIABILITY_BINS = 10;

function reliability(
  scores: Float64Array,
  attack: Uint8Array,
  probability: (score: number) => number,
): NonNullable<ResultDetails['calibration']['probability']> {
  const [records, attacks, stated] = [0, 1, 2].map(() => new Float64Array(RELIABILITY_BINS)) as [
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  for (let i = 0; i < scores.length; i++) {
    const p = Math.min(1, Math.max(0, probability(scores[i]!)));
    const bin = Math.min(RELIABILITY_BINS - 1, Math.floor(p * RELIABILITY_BINS));
    records[bin]!++;
    attacks[bin]! += attack[i]!;
    stated[bin]! += p;
  }
  const bins = Array.from(records, (count, b) => ({
    stated: count === 0 ? 0 : Math.min(1, stated[b]! / count),
    observed: count === 0 ? 0 : attacks[b]! / count,
    records: count,
    interval: wilson(count === 0 ? 0 : attacks[b]! / count, count),
  })).filter(({ records: count }) => count > 0);
  const error = bins.reduce((sum, bin) => sum + (bin.records / scores.length) * Math.abs(bin.stated - bin.observed), 0);
  return { bins, error };
}

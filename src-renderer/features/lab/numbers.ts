/** What the figures of a result are computed from its details: bands over seeds, counts at a threshold. */
import type { LabReport, LabResult, ResultDetails } from '../../../src-shared/contract/topics/lab.ts';
import { wilson } from '../../../src-shared/domain/wilson.ts';
import { BASELINES } from './words.ts';

export interface DetectorRow {
  detector: string;
  runs: LabResult[];
  baseline: boolean;
  selected: boolean;
}

/** Every detector with its seeds, the best by mean ROC-AUC first; the baselines among them. */
export function detectorRows({ results, details, selected }: LabReport): DetectorRow[] {
  const runs = new Map<string, LabResult[]>();
  for (const result of [...results, ...(details?.baselines ?? [])]) {
    runs.set(result.detector, [...(runs.get(result.detector) ?? []), result]);
  }
  const rows = [...runs].map(([detector, own]) => ({
    detector,
    runs: own,
    baseline: BASELINES.includes(detector),
    selected: detector === selected,
  }));
  const auc = ({ runs: own }: DetectorRow): number => meanOf(own, ({ rocAuc }) => rocAuc);
  return rows.sort((a, b) => auc(b) - auc(a));
}

export function meanOf(runs: readonly LabResult[], of: (run: LabResult) => number): number {
  return runs.reduce((sum, run) => sum + of(run), 0) / runs.length;
}

/** Least and greatest over the seeds. */
export function rangeOf(runs: readonly LabResult[], of: (run: LabResult) => number): [number, number] {
  const values = runs.map(of);
  return [Math.min(...values), Math.max(...values)];
}

/** Value at `x` of a line through points whose `xs` never fall. */
export function lineAt(xs: readonly number[], ys: readonly number[], x: number): number {
  const next = xs.findIndex((each) => each >= x);
  if (next < 0) return ys.at(-1) ?? 0;
  // Of several values at one place the last is how far it rises there.
  if (xs[next] === x) return ys[xs.findLastIndex((each) => each === x)]!;
  if (next === 0) return ys[0]!;
  const [a, b] = [xs[next - 1]!, xs[next]!];
  return ys[next - 1]! + ((x - a) / (b - a)) * (ys[next]! - ys[next - 1]!);
}

export type CurveKind = 'roc' | 'pr';

const STEPS = 80;
const LEAST = 1e-4;

/** Places along the axis: even by order of magnitude, and, where the axis is not logarithmic, even ones too. */
export function curveGrid(logarithmic: boolean): number[] {
  const magnitudes = Array.from({ length: STEPS + 1 }, (_, i) => LEAST ** (1 - i / STEPS));
  if (logarithmic) return magnitudes;
  const even = Array.from({ length: STEPS + 1 }, (_, i) => i / STEPS);
  return [...new Set([...even, ...magnitudes])].sort((a, b) => a - b);
}

/** Of one seed, at each place: recall at a false-positive rate, or precision at a recall. */
export function curveAt({ roc, pr }: ResultDetails, kind: CurveKind, grid: readonly number[]): number[] {
  if (kind === 'roc') return grid.map((x) => lineAt(roc.fpr, roc.recall, x));
  // Before the first attack is found there is no precision to speak of.
  return grid.map(
    (x) => pr.precision[pr.recall.findIndex((each) => each > 0 && each >= x)] ?? pr.precision.at(-1) ?? 0,
  );
}

export interface BandPoint {
  x: number;
  mean: number;
  low: number;
  high: number;
}

/** Mean, least and greatest over the seeds. */
export function bandOf(runs: readonly LabResult[], kind: CurveKind, grid: readonly number[]): BandPoint[] {
  const curves = runs.flatMap(({ details }) => (details ? [curveAt(details, kind, grid)] : []));
  return grid.map((x, i) => {
    const values = curves.map((curve) => curve[i]!);
    const mean = values.reduce((a, b) => a + b, 0) / Math.max(1, values.length);
    return { x, mean, low: Math.min(...values), high: Math.max(...values) };
  });
}

export interface Counts {
  tp: number;
  fp: number;
  tn: number;
  fn: number;
  recall: number;
  precision: number;
  fpr: number;
  f1: number;
  accuracy: number;
}

const ratio = (a: number, b: number): number => (b === 0 ? 0 : a / b);
const sum = (values: readonly number[], from = 0): number => values.slice(from).reduce((a, b) => a + b, 0);

/** Alarms are the bins from `cut` on; exact, for thresholds are edges of bins. */
export function countsAt({ normal, attack }: ResultDetails['scores'], cut: number): Counts {
  const [fp, tp] = [sum(normal, cut), sum(attack, cut)];
  return rates({ tp, fp, tn: sum(normal) - fp, fn: sum(attack) - tp });
}

export function rates({ tp, fp, tn, fn }: Pick<Counts, 'tp' | 'fp' | 'tn' | 'fn'>): Counts {
  return {
    tp,
    fp,
    tn,
    fn,
    recall: ratio(tp, tp + fn),
    precision: ratio(tp, tp + fp),
    fpr: ratio(fp, fp + tn),
    f1: ratio(2 * tp, 2 * tp + fp + fn),
    accuracy: ratio(tp + tn, tp + tn + fp + fn),
  };
}

/** The first bin whose scores are all at least `value`; as many as there are bins: none. */
export function cutFor({ edges }: ResultDetails['scores'], value: number): number {
  const found = edges.findIndex((edge) => edge >= value);
  return found < 0 ? edges.length : found;
}

export interface KindRow {
  kind: string;
  support: number;
  found: number;
  recall: number;
  interval: [number, number];
}

export function kindsAt({ kinds }: ResultDetails['scores'], cut: number): KindRow[] {
  return kinds.map(({ kind, support, counts }) => {
    const found = sum(counts, cut);
    const recall = ratio(found, support);
    return { kind, support, found, recall, interval: wilson(recall, support) };
  });
}

export interface DailyAlarms {
  alarms: number;
  right: number;
  /** Of the alarms. */
  precision: number;
  missed: number;
}

/** What that would be on a network with so many records a day, a share of them attacks. */
export function alarmsADay(
  { recall, fpr }: Pick<Counts, 'recall' | 'fpr'>,
  records: number,
  baseRate: number,
): DailyAlarms {
  const right = records * baseRate * recall;
  const alarms = right + records * (1 - baseRate) * fpr;
  return { alarms, right, precision: ratio(right, alarms), missed: records * baseRate * (1 - recall) };
}

/** How each column of numbers differs between ordinary records and attacks: box plots, Welch, Kolmogorov–Smirnov. */
import { MOST_FEATURES } from '../../../src-shared/domain/lab.ts';
import type { BoxNumbers, FeatureDetail } from '../../../src-shared/contract/topics/lab.ts';
import { kolmogorovSmirnov, welch } from '../detectors/drift/two-sample.ts';
import type { Table } from './formats/types.ts';

/** Values of a class that are looked at; of more, evenly spaced ones. */
const MOST_VALUES = 20_000;
/** Columns that are looked at. */
const MOST_COLUMNS = 400;
/** How far whiskers reach, in interquartile ranges (Tukey 1977). */
const WHISKER = 1.5;

/** Value below which a share of the sorted ones lie, linear between neighbours (type 7 of Hyndman & Fan 1996). */
function quantile(sorted: Float64Array, share: number): number {
  const at = share * (sorted.length - 1);
  const below = Math.floor(at);
  return sorted[below]! + (at - below) * (sorted[Math.min(below + 1, sorted.length - 1)]! - sorted[below]!);
}

/** Of sorted values, at least one. */
export function boxOf(sorted: Float64Array): BoxNumbers {
  const [q1, median, q3] = [0.25, 0.5, 0.75].map((share) => quantile(sorted, share)) as [number, number, number];
  const reach = WHISKER * (q3 - q1);
  const within = sorted.filter((x) => x >= q1 - reach && x <= q3 + reach);
  return {
    records: sorted.length,
    mean: sorted.reduce((mean, x, i) => mean + (x - mean) / (i + 1), 0),
    least: sorted[0]!,
    low: within[0]!,
    q1,
    median,
    q3,
    high: within.at(-1)!,
    most: sorted.at(-1)!,
    outside: sorted.length - within.length,
  };
}

function sample(rows: Int32Array): Int32Array {
  if (rows.length <= MOST_VALUES) return rows;
  const step = rows.length / MOST_VALUES;
  return Int32Array.from({ length: MOST_VALUES }, (_, i) => rows[Math.floor(i * step)]!);
}

function welchOf(normal: Float64Array, attack: Float64Array): FeatureDetail['welch'] {
  if (normal.length < 2 || attack.length < 2) return null;
  const { statistic, degrees, p } = welch(normal, attack);
  return { t: Number.isFinite(statistic) ? statistic : null, degrees, p };
}

/** Of the given rows, the columns that differ most first; those that a class has no value of are left out. */
export function describeFeatures(table: Table, rows: Int32Array): { features: FeatureDetail[]; featuresTotal: number } {
  const [normals, attacks] = [0, 1].map((label) => sample(rows.filter((row) => table.attack[row] === label)));
  const columns = table.columns.filter(({ spec }) => spec.kind === 'numeric' && spec.role === 'feature');
  const features: FeatureDetail[] = [];
  for (const { spec, numbers } of columns.slice(0, MOST_COLUMNS)) {
    const valuesOf = (of: Int32Array): Float64Array =>
      Float64Array.from(of, (row) => numbers[row]!)
        .filter(Number.isFinite)
        .sort();
    const [normal, attack] = [valuesOf(normals!), valuesOf(attacks!)];
    if (normal.length === 0 || attack.length === 0) continue;
    const ks = kolmogorovSmirnov(normal, attack);
    features.push({
      feature: spec.name,
      normal: boxOf(normal),
      attack: boxOf(attack),
      welch: welchOf(normal, attack),
      ks: { d: ks.statistic, p: ks.p },
    });
  }
  features.sort((a, b) => b.ks.d - a.ks.d);
  return { features: features.slice(0, MOST_FEATURES), featuresTotal: columns.length };
}

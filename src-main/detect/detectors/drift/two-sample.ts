/** Whether two samples come from the same traffic: their means (Welch) and their whole distribution (Kolmogorov–Smirnov). */
import { studentTwoSided } from './student.ts';

export interface TestResult {
  /** Welch: t. Kolmogorov–Smirnov: D, the greatest distance of the two distribution functions. */
  statistic: number;
  /** Two-sided. */
  p: number;
}

export interface WelchResult extends TestResult {
  /** Welch–Satterthwaite degrees of freedom. */
  degrees: number;
}

function momentsOf(sample: ArrayLike<number>): { mean: number; variance: number } {
  let mean = 0;
  for (let i = 0; i < sample.length; i++) mean += (sample[i]! - mean) / (i + 1);
  let squares = 0;
  for (let i = 0; i < sample.length; i++) squares += (sample[i]! - mean) ** 2;
  return { mean, variance: squares / (sample.length - 1) };
}

/**
 * Welch's t test of unequal variances (Biometrika 34, 1947): whether the means differ. Two constant samples that are equal
 * give p = 1, that differ p = 0. @throws RangeError for fewer than two values a sample.
 */
export function welch(a: ArrayLike<number>, b: ArrayLike<number>): WelchResult {
  if (a.length < 2 || b.length < 2) throw new RangeError('Welch’s test needs at least two values of each sample');
  const [x, y] = [momentsOf(a), momentsOf(b)];
  const [u, v] = [x.variance / a.length, y.variance / b.length];
  const difference = x.mean - y.mean;
  if (u + v === 0) {
    const same = difference === 0;
    return {
      statistic: same ? 0 : Math.sign(difference) * Infinity,
      degrees: a.length + b.length - 2,
      p: same ? 1 : 0,
    };
  }
  const statistic = difference / Math.sqrt(u + v);
  const degrees = (u + v) ** 2 / (u ** 2 / (a.length - 1) + v ** 2 / (b.length - 1));
  return { statistic, degrees, p: studentTwoSided(statistic, degrees) };
}

/** More pairs than this, and the distribution of D is taken from its limit. */
const EXACT_PAIRS = 250_000;

/** D × m × n as a whole number. */
function distance(a: Float64Array, b: Float64Array): number {
  const [m, n] = [a.length, b.length];
  let [i, j, most] = [0, 0, 0];
  while (i < m && j < n) {
    const x = Math.min(a[i]!, b[j]!);
    while (i < m && a[i] === x) i++;
    while (j < n && b[j] === x) j++;
    most = Math.max(most, Math.abs(i * n - j * m));
  }
  return most;
}

/**
 * P(D ≥ d) over all orders of m + n distinct values: the share of lattice paths that leave the band (Hodges 1958), counted
 * as the share that has left it so far, so that small probabilities keep their digits. O(m n).
 */
function exactTail(m: number, n: number, d: number): number {
  const left = new Float64Array(n + 1);
  for (let i = 0; i <= m; i++) {
    for (let j = 0; j <= n; j++) {
      if (Math.abs(i * n - j * m) >= d) left[j] = 1;
      else if (i + j > 0) {
        const above = i > 0 ? left[j]! * i : 0;
        const before = j > 0 ? left[j - 1]! * j : 0;
        left[j] = (above + before) / (i + j);
      }
    }
  }
  return left[n]!;
}

/** Kolmogorov's limit with Stephens's correction (1970) for samples that are not infinite. */
function limitTail(m: number, n: number, statistic: number): number {
  const root = Math.sqrt((m * n) / (m + n));
  const x = (root + 0.12 + 0.11 / root) * statistic;
  if (x < 0.2) return 1;
  let sum = 0;
  for (let k = 1; k <= 100; k++) {
    const term = Math.exp(-2 * k * k * x * x);
    sum += k % 2 === 1 ? term : -term;
    if (term < 1e-18) break;
  }
  return Math.min(1, Math.max(0, 2 * sum));
}

/**
 * The two-sample Kolmogorov–Smirnov test. Exact up to 250,000 pairs of values; equal values make p larger than it is,
 * never smaller. @throws RangeError for an empty sample.
 */
export function kolmogorovSmirnov(a: ArrayLike<number>, b: ArrayLike<number>): TestResult {
  if (a.length === 0 || b.length === 0) throw new RangeError('the Kolmogorov–Smirnov test needs values of each sample');
  const whole = distance(Float64Array.from(a).sort(), Float64Array.from(b).sort());
  const statistic = whole / (a.length * b.length);
  if (whole === 0) return { statistic, p: 1 };
  const exact = a.length * b.length <= EXACT_PAIRS;
  return { statistic, p: exact ? exactTail(a.length, b.length, whole) : limitTail(a.length, b.length, statistic) };
}

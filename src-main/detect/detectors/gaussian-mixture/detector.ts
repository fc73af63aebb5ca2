/**
 * Gaussian mixture by expectation maximisation (Dempster, Laird & Rubin 1977): −log likelihood. The components share
 * the principal axes of the training rows and have their own variance along each, at least `LEAST_VARIANCE`: with one
 * component that is the regularised Mahalanobis distance. The number of components by BIC (Schwarz 1978).
 */
import type { ClusterSearch } from '../../../../src-shared/contract/topics/lab.ts';
import { randomSource, sampleWithoutReplacement } from '../../features/random.ts';
import type { DetectorSnapshot, FeatureMatrix } from '../../types.ts';
import { arrayOf } from '../detector.ts';
import { SILHOUETTE_ROWS } from '../k-means/detector.ts';
import { kMeans, silhouette } from '../k-means/lloyd.ts';
import { usualValues, type Parameter } from '../matrix/parameters.ts';
import { sampleRows, takeRows, type MatrixDetector, type MatrixState } from '../matrix/types.ts';
import { principalAxes, project, type Axes } from './axes.ts';

const COUNTS = [1, 2, 4, 8];
const MOST_ROWS = 6_000;
const ROUNDS = 25;
/** In squared units of the view: what never varied was not seen to be exact. */
const LEAST_VARIANCE = 0.01;

export const MIXTURE_PARAMETERS: readonly Parameter[] = [
  {
    id: 'components',
    meaning: 'number of components; 0: by BIC',
    least: 0,
    most: 64,
    usual: 0,
    whole: true,
    search: { least: 1, most: 16, log: true },
  },
];

interface Mixture {
  count: number;
  width: number;
  logWeight: Float64Array;
  mean: Float64Array;
  variance: Float64Array;
}

export class GaussianMixture implements MatrixDetector {
  readonly id = 'gaussian-mixture';
  readonly view = 'scaled';
  readonly minimumRows = 256;
  chosen = '';
  search: ClusterSearch | undefined;
  private readonly wanted: number;
  private axes: Axes | undefined;
  private mixture: Mixture | undefined;

  constructor(options: { components?: number } = {}) {
    this.wanted = { ...usualValues(MIXTURE_PARAMETERS), ...options }.components!;
  }

  fit(matrix: FeatureMatrix, seed: number): void {
    const random = randomSource(seed, 505);
    const kept = sampleRows(matrix, MOST_ROWS, (size, count) => sampleWithoutReplacement(size, count, random));
    this.axes = principalAxes(kept);
    const rows = project(kept, this.axes);
    const width = kept.features.length;
    const asMatrix: FeatureMatrix = { features: kept.features, rows: kept.rows, data: Float32Array.from(rows) };
    // Drawn apart, so that looking at silhouettes changes nothing that is learned.
    const judges = sampleWithoutReplacement(kept.rows, SILHOUETTE_ROWS, randomSource(seed, 507));
    const judged = takeRows(asMatrix, judges);
    const counts = this.wanted > 0 ? [this.wanted] : COUNTS.filter((count) => count * 50 <= kept.rows);
    const tried = counts.map((count) => {
      const { label } = kMeans(asMatrix, count, random);
      const mixture = expectationMaximisation(rows, kept.rows, width, count, label);
      let sum = 0;
      for (const value of negativeLogLikelihood(rows, kept.rows, mixture)) sum += value;
      const quality = count > 1 ? silhouette(judged, likeliest(rows, judges, mixture), count) : null;
      return { mixture, quality, bic: 2 * sum + (2 * width + 1) * count * Math.log(kept.rows) };
    });
    const best = tried.reduce((a, b) => (b.bic < a.bic ? b : a));
    this.mixture = best.mixture;
    this.search =
      this.wanted > 0
        ? undefined
        : {
            by: 'count',
            records: kept.rows,
            judged: judged.rows,
            measure: 'BIC',
            tried: tried.map(({ mixture, bic, quality }) => ({
              count: mixture.count,
              measure: bic,
              silhouette: quality,
            })),
            elbow: null,
            chosen: best.mixture.count,
            rule: 'least BIC',
          };
    this.chosen = `${best.mixture.count} components ${this.wanted > 0 ? 'as asked for' : 'by BIC'}`;
  }

  score(matrix: FeatureMatrix): Float64Array {
    if (!this.axes || !this.mixture) throw new RangeError('gaussian-mixture has not learned yet');
    return negativeLogLikelihood(project(matrix, this.axes), matrix.rows, this.mixture);
  }

  save(): MatrixState {
    if (!this.axes || !this.mixture) throw new RangeError('gaussian-mixture has not learned yet');
    const { count, logWeight, mean, variance } = this.mixture;
    const { mean: centre, vectors, variance: spread } = this.axes;
    return { head: { count, chosen: this.chosen }, arrays: { centre, vectors, spread, logWeight, mean, variance } };
  }

  load(snapshot: DetectorSnapshot, columns: readonly string[]): void {
    const width = columns.length;
    const count = Number(snapshot.head['count']);
    if (!(count >= 1)) throw new RangeError('gaussian-mixture: no components');
    const array = (name: string, length: number): Float64Array => arrayOf(snapshot, name, Float64Array, length);
    this.axes = {
      mean: array('centre', width),
      vectors: array('vectors', width * width),
      variance: array('spread', width),
    };
    this.mixture = {
      count,
      width,
      logWeight: array('logWeight', count),
      mean: array('mean', count * width),
      variance: array('variance', count * width),
    };
    this.chosen = String(snapshot.head['chosen']);
  }
}

function expectationMaximisation(
  rows: Float64Array,
  n: number,
  width: number,
  count: number,
  label: Int32Array,
): Mixture {
  const share = new Float64Array(n * count);
  for (let r = 0; r < n; r++) share[r * count + label[r]!] = 1;
  const mixture = maximise(rows, n, width, count, share);
  if (count === 1) return mixture;
  for (let round = 0; round < ROUNDS; round++) {
    expect(rows, n, mixture, share);
    Object.assign(mixture, maximise(rows, n, width, count, share));
  }
  return mixture;
}

function maximise(rows: Float64Array, n: number, width: number, count: number, share: Float64Array): Mixture {
  const weight = new Float64Array(count).fill(1e-9);
  const mean = new Float64Array(count * width);
  const variance = new Float64Array(count * width);
  for (let r = 0; r < n; r++) {
    for (let c = 0; c < count; c++) {
      const w = share[r * count + c]!;
      if (w < 1e-12) continue;
      weight[c]! += w;
      for (let j = 0; j < width; j++) {
        const x = rows[r * width + j]!;
        mean[c * width + j]! += w * x;
        variance[c * width + j]! += w * x * x;
      }
    }
  }
  for (let c = 0; c < count; c++) {
    for (let j = c * width; j < (c + 1) * width; j++) {
      mean[j]! /= weight[c]!;
      variance[j] = Math.max(0, variance[j]! / weight[c]! - mean[j]! ** 2) + LEAST_VARIANCE;
    }
  }
  return { count, width, logWeight: weight.map((w) => Math.log(w / n)), mean, variance };
}

/** Log density of each component at one row. */
function logDensities(
  rows: Float64Array,
  r: number,
  mixture: Mixture,
  constants: Float64Array,
  out: Float64Array,
): void {
  const { count, width, mean, variance } = mixture;
  for (let c = 0; c < count; c++) {
    let sum = 0;
    for (let j = 0; j < width; j++) {
      const d = rows[r * width + j]! - mean[c * width + j]!;
      sum += (d * d) / variance[c * width + j]!;
    }
    out[c] = constants[c]! - sum / 2;
  }
}

function constantsOf({ count, width, logWeight, variance }: Mixture): Float64Array {
  return Float64Array.from({ length: count }, (_, c) => {
    let sum = logWeight[c]!;
    for (let j = c * width; j < (c + 1) * width; j++) sum -= Math.log(2 * Math.PI * variance[j]!) / 2;
    return sum;
  });
}

function logSum(values: Float64Array): number {
  let most = -Infinity;
  for (const v of values) most = Math.max(most, v);
  let sum = 0;
  for (const v of values) sum += Math.exp(v - most);
  return most + Math.log(sum);
}

function expect(rows: Float64Array, n: number, mixture: Mixture, share: Float64Array): void {
  const { count } = mixture;
  const constants = constantsOf(mixture);
  const densities = new Float64Array(count);
  for (let r = 0; r < n; r++) {
    logDensities(rows, r, mixture, constants, densities);
    const whole = logSum(densities);
    for (let c = 0; c < count; c++) share[r * count + c] = Math.exp(densities[c]! - whole);
  }
}

/** The component that each of these rows is likeliest of. */
function likeliest(rows: Float64Array, of: Int32Array, mixture: Mixture): Int32Array {
  const constants = constantsOf(mixture);
  const densities = new Float64Array(mixture.count);
  return of.map((r) => {
    logDensities(rows, r, mixture, constants, densities);
    return densities.reduce((best, density, c) => (density > densities[best]! ? c : best), 0);
  });
}

function negativeLogLikelihood(rows: Float64Array, n: number, mixture: Mixture): Float64Array {
  const constants = constantsOf(mixture);
  const densities = new Float64Array(mixture.count);
  return Float64Array.from({ length: n }, (_, r) => {
    logDensities(rows, r, mixture, constants, densities);
    return -logSum(densities);
  });
}

/** What k-means, the mixture and DBSCAN say they tried, on data whose answers are known. */
import { describe, expect, it } from 'vitest';
import { Dbscan } from '../../../src-main/detect/detectors/dbscan/detector.ts';
import { GaussianMixture } from '../../../src-main/detect/detectors/gaussian-mixture/detector.ts';
import { KMeansDetector } from '../../../src-main/detect/detectors/k-means/detector.ts';
import { elbow } from '../../../src-main/detect/detectors/matrix/elbow.ts';
import type { MatrixDetector } from '../../../src-main/detect/detectors/matrix/types.ts';
import { MOST_DISTANCES } from '../../../src-shared/domain/lab.ts';
import type { ClusterSearch } from '../../../src-shared/contract/topics/lab.ts';
import type { FeatureMatrix } from '../../../src-main/detect/types.ts';
import { blobs, matrixOf } from './matrices.ts';

/** So many rows at each place. */
const at = (places: readonly number[], each: number): FeatureMatrix =>
  matrixOf(places.flatMap((place) => Array.from({ length: each }, () => [place])));

function searchOf<By extends ClusterSearch['by']>(
  detector: MatrixDetector,
  rows: FeatureMatrix,
  by: By,
  seed = 1,
): Extract<ClusterSearch, { by: By }> {
  void detector.fit(rows, seed);
  expect(detector.search?.by).toBe(by);
  return detector.search as Extract<ClusterSearch, { by: By }>;
}

describe('k-means', () => {
  it('tells inertia and silhouette of every number it tried, by the rule it chose by', () => {
    const { tried, ...rest } = searchOf(new KMeansDetector(), at([0, 1, 10], 40), 'count');
    expect(rest).toEqual({
      by: 'count',
      records: 120,
      judged: 120,
      measure: 'inertia',
      elbow: 3,
      chosen: 3,
      rule: 'greatest silhouette',
    });
    expect(tried.map(({ count }) => count)).toEqual([2, 3, 4, 6, 8, 12, 16, 24]);
    // Two clusters: {0, 1} about ½, and {10}. Within the first 40 of 79 others are 1 away.
    const [two, three] = tried;
    expect(two!.measure).toBeCloseTo(80 * 0.25, 6);
    const within = 40 / 79;
    expect(two!.silhouette).toBeCloseTo((1 - within / 10 + (1 - within / 9) + 1) / 3, 6);
    expect([three!.measure, three!.silhouette]).toEqual([0, 1]);
  });

  it('looks at a sample drawn by the seed, the same for the same seed', () => {
    const rows = blobs([[0, 0], [4, 0], [0, 4]], 2000, 2); // prettier-ignore
    const [one, again, other] = [1, 1, 2].map((seed) => searchOf(new KMeansDetector(), rows, 'count', seed));
    expect(one).toMatchObject({ records: 2000, judged: 500 });
    expect(again).toEqual(one);
    expect(other!.tried).not.toEqual(one!.tried);
  });

  it('of rows that are all alike has a silhouette of nothing', () => {
    const { tried } = searchOf(new KMeansDetector(), at([7], 80), 'count');
    expect(new Set(tried.map(({ measure, silhouette }) => `${measure} ${silhouette}`))).toEqual(new Set(['0 0']));
  });
});

describe('the mixture', () => {
  it('tells BIC and silhouette, and chooses by the least BIC', () => {
    const { tried, chosen, rule, elbow: bend } = searchOf(new GaussianMixture(), blobs([[0, 0], [50, 0]], 600, 1), 'count'); // prettier-ignore
    expect([chosen, rule, bend]).toEqual([2, 'least BIC', null]);
    expect(tried.map(({ count }) => count)).toEqual([1, 2, 4, 8]);
    expect(tried.reduce((a, b) => (b.measure < a.measure ? b : a)).count).toBe(2);
    expect(tried[0]!.silhouette).toBeNull();
    expect(tried[1]!.silhouette).toBeGreaterThan(0.97);
  });

  it('counts BIC as Schwarz does: twice the negative log likelihood, and ln n for each parameter', () => {
    // One component over one column: mean 0, variance 1 and the 0.01 that is always added.
    const { tried } = searchOf(new GaussianMixture(), at([-1, 1], 200), 'count');
    const negative = 400 * (Math.log(2 * Math.PI * 1.01) / 2 + 1 / (2 * 1.01));
    expect(tried[0]!.measure).toBeCloseTo(2 * negative + 3 * Math.log(400), 6);
  });
});

describe('DBSCAN', () => {
  const rows = matrixOf([
    ...Array.from({ length: 80 }, (_, i) => [i * 0.01]),
    ...Array.from({ length: 20 }, (_, i) => [10 + i * i]),
  ]);
  /** Of each row the distance to the ninth other, rising. */
  const ninth = Array.from({ length: 100 }, (_, a) => {
    const apart = Array.from({ length: 100 }, (__, b) => Math.abs(rows.data[a]! - rows.data[b]!));
    return apart.toSorted((x, y) => x - y)[9]!;
  }).sort((x, y) => x - y);

  it('tells the distances, and takes eps from their elbow', () => {
    const found = searchOf(new Dbscan(), rows, 'distance');
    const bend = elbow(ninth);
    expect(found).toMatchObject({ records: 100, neighbour: 9 });
    expect(found.curve.map(({ share }) => share)).toEqual(Array.from({ length: 100 }, (_, i) => (i + 1) / 100));
    for (const [i, { distance }] of found.curve.entries()) expect(distance).toBeCloseTo(ninth[i]!, 5);
    expect(found.elbow).toBe((bend + 1) / 100);
    expect(found.eps).toBe(found.curve[bend]!.distance);
    expect(found.dense).toBe(ninth.filter((distance) => distance <= ninth[bend]! + 1e-6).length);
  });

  it('draws of many rows so many points at most, both ends and the elbow among them', () => {
    const found = searchOf(new Dbscan(), blobs([[0, 0]], 3000, 1), 'distance');
    expect(found.curve.length).toBeLessThanOrEqual(MOST_DISTANCES);
    expect(found.curve.at(0)!.share).toBe(1 / 3000);
    expect(found.curve.at(-1)!.share).toBe(1);
    expect(found.curve.find(({ share }) => share === found.elbow)!.distance).toBe(found.eps);
  });
});

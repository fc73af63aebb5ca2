import { describe, expect, it } from 'vitest';
import { Dbscan, dbscanClusters } from '../../../src-main/detect/detectors/dbscan/detector.ts';
import { principalAxes, project } from '../../../src-main/detect/detectors/gaussian-mixture/axes.ts';
import { GaussianMixture } from '../../../src-main/detect/detectors/gaussian-mixture/detector.ts';
import { KMeansDetector } from '../../../src-main/detect/detectors/k-means/detector.ts';
import { kMeans, silhouette } from '../../../src-main/detect/detectors/k-means/lloyd.ts';
import { KNearest } from '../../../src-main/detect/detectors/k-nearest/detector.ts';
import { LocalOutlier } from '../../../src-main/detect/detectors/local-outlier/detector.ts';
import { elbow } from '../../../src-main/detect/detectors/matrix/elbow.ts';
import { NearestRows } from '../../../src-main/detect/detectors/matrix/nearest.ts';
import { MATRIX_DETECTORS } from '../../../src-main/detect/detectors/matrix/registry.ts';
import { distinctRows } from '../../../src-main/detect/detectors/matrix/types.ts';
import { randomSource } from '../../../src-main/detect/features/random.ts';
import { blobs, matrixOf } from './matrices.ts';

const FAR = matrixOf([
  [0.5, 0.5, 0.5],
  [0.02, 0.03, 0.01],
  [5, 5, 5],
]);
const TWO = [
  [0, 0, 0],
  [1, 1, 1],
];

describe('nearest rows', () => {
  it('are those of comparing every pair', () => {
    const reference = blobs(
      [
        [0, 0, 0, 0],
        [3, 1, 2, 0],
      ],
      1300,
      1,
    );
    const questions = blobs([[1, 1, 1, 1]], 70, 2, 2);
    const found = new NearestRows(reference).find(questions.data, 70, 7);
    for (let q = 0; q < 70; q++) {
      const all = Array.from({ length: 1300 }, (_, r) => {
        let sum = 0;
        for (let j = 0; j < 4; j++) sum += (questions.data[q * 4 + j]! - reference.data[r * 4 + j]!) ** 2;
        return { r, d: Math.sqrt(sum) };
      }).sort((a, b) => a.d - b.d || a.r - b.r);
      expect([...found.distance.subarray(q * 7, q * 7 + 7)]).toEqual(all.slice(0, 7).map(({ d }) => d));
    }
  });

  it('leave a row of the reference itself out when asked to', () => {
    const rows = matrixOf([[0], [1], [3], [6]]);
    const found = new NearestRows(rows).find(rows.data, 4, 1, true);
    expect([...found.index]).toEqual([1, 0, 1, 2]);
    expect([...found.distance]).toEqual([1, 1, 2, 3]);
  });

  it('are fewer where there are not so many', () => {
    const rows = matrixOf([[0], [2]]);
    expect(new NearestRows(rows).find(Float32Array.of(3), 1, 5)).toMatchObject({ k: 2 });
  });
});

it('k-nearest is the mean distance to five rows', () => {
  const detector = new KNearest();
  detector.fit(matrixOf([[0], [1], [2], [3], [4], [50]]), 1);
  expect([...detector.score(matrixOf([[0], [54]]))]).toEqual([2, (4 + 50 + 51 + 52 + 53) / 5]);
});

it('the local outlier factor is about one inside an even cloud and more beyond it', () => {
  const grid = Array.from({ length: 400 }, (_, i) => [i % 20, Math.floor(i / 20)]);
  const detector = new LocalOutlier();
  detector.fit(matrixOf([...grid, ...grid]), 1);
  const [inside, beyond] = detector.score(
    matrixOf([
      [9.5, 9.5],
      [40, 40],
    ]),
  );
  expect(inside).toBeGreaterThan(0.85);
  expect(inside).toBeLessThan(1.1);
  expect(beyond).toBeGreaterThan(5);
  expect(detector.chosen).toBe('20 of 400 of 400 distinct rows');
});

it('rows that stand there twice count once among the distinct', () => {
  expect([
    ...distinctRows(
      matrixOf([
        [1, 2],
        [2, 1],
        [1, 2],
        [0, 0],
      ]),
    ),
  ]).toEqual([0, 1, 3]);
});

describe('clusters', () => {
  it('of k-means find groups that lie apart, and the silhouette knows how many', () => {
    const rows = blobs(
      [
        [0, 0],
        [10, 0],
        [0, 10],
      ],
      300,
      0.5,
    );
    const three = kMeans(rows, 3, randomSource(1));
    expect(new Set([0, 1, 2].map((i) => three.label[i])).size).toBe(3);
    expect(three.label.every((label, i) => label === three.label[i % 3])).toBe(true);
    const at = (count: number): number => silhouette(rows, kMeans(rows, count, randomSource(1)).label, count);
    expect(at(3)).toBeGreaterThan(0.9);
    expect(at(3)).toBeGreaterThan(at(2));
    expect(at(3)).toBeGreaterThan(at(4));
    const detector = new KMeansDetector();
    detector.fit(rows, 1);
    expect(detector.chosen).toMatch(/^3 clusters by silhouette \(0\.9\d\); elbow at 3$/);
  });

  it('explain the distance by its exact parts', () => {
    const detector = new KMeansDetector();
    detector.fit(blobs(TWO, 200, 0.1), 1);
    const row = Float32Array.of(0.3, 2, -1);
    const { base, score, contributions } = detector.explain(row);
    expect(base + contributions.reduce((a, b) => a + b, 0)).toBeCloseTo(score, 9);
    expect(score).toBe(detector.score({ features: ['a', 'b', 'c'], rows: 1, data: row })[0]);
  });

  it('of DBSCAN are dense groups; what is alone is noise', () => {
    const rows = matrixOf([[0], [0.1], [0.2], [5], [5.1], [5.2], [9]]);
    expect([...dbscanClusters(rows, 0.15, 2)]).toEqual([0, 0, 0, 1, 1, 1, -1]);
  });

  it('of DBSCAN score by the distance to a dense row', () => {
    const detector = new Dbscan();
    detector.fit(blobs(TWO, 400, 0.1), 1);
    const [between, inside, far] = detector.score(FAR);
    expect(inside).toBeLessThan(1);
    expect(between).toBeGreaterThan(1);
    expect(far).toBeGreaterThan(between!);
  });
});

describe('the Gaussian mixture', () => {
  it('stands on axes that turn correlated columns into uncorrelated ones', () => {
    const random = randomSource(3);
    const rows = matrixOf(
      Array.from({ length: 2000 }, () => {
        const [a, b] = [random() - 0.5, random() - 0.5];
        return [a + 4, a * 2 + 0.1 * b];
      }),
    );
    const axes = principalAxes(rows);
    const turned = project(rows, axes);
    let [xy, xx, yy] = [0, 0, 0];
    for (let r = 0; r < 2000; r++) {
      xy += turned[r * 2]! * turned[r * 2 + 1]!;
      xx += turned[r * 2]! ** 2;
      yy += turned[r * 2 + 1]! ** 2;
    }
    expect(Math.abs(xy)).toBeLessThan(1e-6 * xx);
    expect(axes.variance[0]).toBeCloseTo(xx / 2000, 9);
    expect(axes.variance[1]).toBeCloseTo(yy / 2000, 9);
  });

  it('finds a broken correlation that no single column shows', () => {
    const random = randomSource(4);
    const rows = matrixOf(
      Array.from({ length: 1000 }, () => {
        const x = random() * 10;
        return [x, x + random() * 0.1];
      }),
    );
    const detector = new GaussianMixture();
    detector.fit(rows, 1);
    const [kept, broken] = detector.score(
      matrixOf([
        [3, 3.05],
        [3, 7],
      ]),
    );
    expect(broken! - kept!).toBeGreaterThan(10);
  });
});

it('the elbow is where a curve bends', () => {
  expect(elbow([1, 1.1, 1.2, 1.3, 5, 9])).toBe(3);
  expect(elbow([10, 3, 2.5, 2, 1.5])).toBe(1);
  expect(elbow([7])).toBe(0);
});

describe('every unsupervised detector', () => {
  // The autoencoders learn for longer and from more, others must know who spoke with whom: they have tests of their own.
  const fast = MATRIX_DETECTORS.filter(
    ({ supervised, id, create }) => !supervised && !id.endsWith('autoencoder') && create().needs === undefined,
  );
  const rows = blobs(TWO, 600, 0.2);

  it.each(fast.map(({ id }) => id))(
    '%s scores what is far above what is usual, the same for the same seed',
    async (id) => {
      const entry = fast.find((each) => each.id === id)!;
      const [first, second] = [entry.create(), entry.create()];
      await first.fit(rows, 7);
      await second.fit(rows, 7);
      const scores = first.score(FAR);
      expect(scores[2]).toBeGreaterThan(scores[1]!);
      expect([...second.score(FAR)]).toEqual([...scores]);
      expect(() => entry.create().score(FAR)).toThrow();
    },
  );
});

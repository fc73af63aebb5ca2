/** Contributions of columns to scores: against the definition, their sums, and what is told of them. */
import { describe, expect, it } from 'vitest';
import { KMeansDetector } from '../../../src-main/detect/detectors/k-means/detector.ts';
import { LogisticRegression } from '../../../src-main/detect/detectors/logistic-regression/detector.ts';
import { AsMatrixDetector } from '../../../src-main/detect/detectors/matrix/calibrated.ts';
import { takeRows, type MatrixDetector } from '../../../src-main/detect/detectors/matrix/types.ts';
import { RandomForest } from '../../../src-main/detect/detectors/random-forest/detector.ts';
import { exactShapley } from '../../../src-main/detect/detectors/shapley.ts';
import { MeanZ2 } from '../../../src-main/detect/detectors/statistics/mean-z2.ts';
import { randomSource } from '../../../src-main/detect/features/random.ts';
import { attributionOf, Attributor, type Explained } from '../../../src-main/detect/lab/attribution.ts';
import { Scaling, type Views } from '../../../src-main/detect/lab/encode.ts';
import type { Table } from '../../../src-main/detect/lab/formats/types.ts';
import { MOST_ATTRIBUTED } from '../../../src-shared/domain/lab.ts';
import type { FeatureMatrix } from '../../../src-main/detect/types.ts';
import { matrixOf } from './matrices.ts';

function noise(count: number, width: number, seed: number, shift = 0): number[][] {
  const random = randomSource(seed);
  return Array.from({ length: count }, () => Array.from({ length: width }, () => random() + random() + shift));
}

const sum = (values: Iterable<number>): number => [...values].reduce((a, b) => a + b, 0);
const identity = (count: number): Int32Array => Int32Array.from({ length: count }, (_, i) => i);

/** Test records: ordinary ones, then attacks. */
function attributor(fit: FeatureMatrix, test: FeatureMatrix, normals: number, owner: Int32Array, seed = 1): Attributor {
  return new Attributor({
    test,
    testOf: identity(test.rows),
    testAttack: Uint8Array.from({ length: test.rows }, (_, i) => (i < normals ? 0 : 1)),
    fit,
    owner,
    scaling: Scaling.fit(fit),
    seed,
  });
}

const plainly = (of: (row: Float32Array) => number, width: number): Explained => ({
  id: 'made-up',
  view: 'plain',
  score: (rows: Views) => {
    const { data, rows: count } = rows.get('plain');
    return Float64Array.from({ length: count }, (_, r) => of(data.subarray(r * width, (r + 1) * width)));
  },
});

const explained = (detector: MatrixDetector): Explained => ({
  id: detector.id,
  view: detector.view,
  explain: (row) => detector.explain!(row),
  score: (rows) => detector.score(rows.get(detector.view)),
});

describe('sampled contributions', () => {
  // Two columns of one source, and a score in which at most two sources play together: any pair of orders is exact.
  const owner = Int32Array.from([0, 0, 1, 2]);
  const score = (row: Float32Array): number => 2 * row[0]! * row[2]! + row[1]! - 3 * row[3]! + row[2]! * row[3]!;
  const fit = matrixOf(Array.from({ length: 64 }, () => [0.5, 0.25, 1, -1]));
  const test = matrixOf(noise(60, 4, 3));

  it('are those of the definition, over all coalitions', () => {
    const { method, records, contributions } = attributor(fit, test, 30, owner).run(plainly(score, 4));
    expect(method).toBe('sampled-shapley');
    expect(records).toHaveLength(50);
    for (const [r, record] of records.entries()) {
      const row = test.data.subarray(record * 4, record * 4 + 4);
      const rows = (data: Float32Array, count: number): Float64Array =>
        Float64Array.from({ length: count }, (_, i) => score(data.subarray(i * 4, i * 4 + 4)));
      const exact = exactShapley(rows, row, takeRows(fit, identity(1)), owner);
      for (let source = 0; source < 3; source++)
        expect(contributions[r]![source]).toBeCloseTo(exact.values[source]!, 5);
      expect(sum(contributions[r]!)).toBeCloseTo(exact.score - exact.base, 5);
    }
  });

  it('of a detector that looks for neighbours are of fewer records', () => {
    const found = attributor(fit, test, 30, owner).run({ ...plainly(score, 4), id: 'k-nearest' });
    expect(found.records).toHaveLength(30);
  });

  it('of very many columns tell the first apart, and sum to the score all the same', () => {
    const width = 130;
    const wide = matrixOf(noise(8, width, 5));
    const flat = matrixOf(Array.from({ length: 64 }, () => Array.from({ length: width }, () => 1)));
    const total = (row: Float32Array): number => sum(row);
    const { records, contributions } = attributor(flat, wide, 4, identity(width)).run(plainly(total, width));
    for (const [r, record] of records.entries()) {
      const row = wide.data.subarray(record * width, (record + 1) * width);
      expect(contributions[r]![98]).toBeCloseTo(row[98]! - 1, 4);
      expect([...contributions[r]!.subarray(99, width)].every((part) => part === 0)).toBe(true);
      expect(contributions[r]![width]).toBeCloseTo(sum(row.subarray(99)) - 31, 3);
    }
  });
});

describe('exact contributions', () => {
  const fit = matrixOf([...noise(150, 4, 1), ...noise(150, 4, 2, 1)]);
  const attack = Uint8Array.from({ length: 300 }, (_, i) => (i < 150 ? 0 : 1));
  const test = matrixOf([...noise(90, 4, 11), ...noise(70, 4, 12, 1)]);
  const owner = identity(4);
  const scaling = Scaling.fit(fit);

  it.each([
    ['a random forest', new RandomForest({ trees: 20 }), 'tree-shap'],
    ['logistic regression', new LogisticRegression(), 'exact-parts'],
    ['k-means', new KMeansDetector(), 'exact-parts'],
    ['mean z²', new AsMatrixDetector(new MeanZ2()), 'exact-parts'],
  ] as const)('of %s sum to the score less what is usual', async (_, detector, method) => {
    await detector.fit(scaling.apply(fit, detector.view), 1, attack);
    const found = attributor(fit, test, 90, owner).run(explained(detector));
    expect(found.method).toBe(method);
    expect(found.records).toHaveLength(2 * MOST_ATTRIBUTED);
    const seen = scaling.apply(test, detector.view);
    const scores = detector.score(seen);
    for (const [r, record] of found.records.entries()) {
      const { base } = detector.explain!(seen.data.subarray(record * 4, record * 4 + 4));
      expect(sum(found.contributions[r]!)).toBeCloseTo(scores[record]! - base, 5);
    }
  });

  it('are of records of each class, drawn by the seed', async () => {
    const detector = new LogisticRegression();
    detector.fit(scaling.apply(fit, 'scaled'), 1, attack);
    const records = (seed: number): number[] => attributor(fit, test, 90, owner, seed).run(explained(detector)).records;
    expect(records(1)).toEqual(records(1));
    expect(records(2)).not.toEqual(records(1));
    expect(new Set(records(1)).size).toBe(120);
    expect(records(1).filter((record) => record < 90)).toHaveLength(60);
  });

  it('of a class with a single record are of that one', () => {
    const detector = new LogisticRegression();
    detector.fit(scaling.apply(fit, 'scaled'), 1, attack);
    const few = matrixOf(noise(5, 4, 11));
    expect(
      attributor(fit, few, 4, owner)
        .run(explained(detector))
        .records.toSorted((a, b) => a - b),
    ).toEqual([0, 1, 2, 3, 4]);
  });
});

describe('what is told of contributions', () => {
  const column = (name: string, numbers: number[], words?: string[]): Table['columns'][number] => ({
    spec: { name, kind: words ? 'categorical' : 'numeric', role: 'feature' },
    numbers: Float32Array.from(numbers),
    codes: Int32Array.from(words ? words.map((_, i) => i) : []),
    words: words ?? [],
  });
  const table = {
    columns: [column('steady', [1, 1, 1]), column('bytes', [100, NaN, 123456.789]), column('word', [], ['a', 'b'.repeat(60), 'c'])],
    attack: Uint8Array.from([0, 1, 0]),
  } as unknown as Table; // prettier-ignore

  it('is the columns that move most first, with their values; what moves nothing is not listed', () => {
    const found = attributionOf(
      {
        method: 'exact-parts',
        records: [2, 1],
        contributions: [Float64Array.from([0, -1.23456789, 0.5, 0]), Float64Array.from([0, 3, -0.5, 0.25])],
      },
      table,
      Int32Array.from([0, 1, 2]),
      [0, 1, 2],
    );
    expect(found).toEqual({
      method: 'exact-parts',
      attack: [0, 1],
      columns: [
        { column: 'bytes', mean: (1.23456789 + 3) / 2, contributions: [-1.2346, 3], values: [123456.8, null] },
        { column: 'word', mean: 0.5, contributions: [0.5, -0.5], values: ['c', `${'b'.repeat(39)}…`] },
      ],
      others: { columns: 1, mean: 0.125 },
    });
  });
});

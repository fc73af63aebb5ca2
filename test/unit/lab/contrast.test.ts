import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ContrastForest, OpenForest } from '../../../src-main/detect/detectors/contrast/forest.ts';
import { columnOwners, recombined } from '../../../src-main/detect/detectors/contrast/made-up.ts';
import { drawByKind } from '../../../src-main/detect/detectors/contrast/rows.ts';
import { contrastEnsemble, openEnsemble } from '../../../src-main/detect/detectors/contrast/tail-mean.ts';
import { RandomForest } from '../../../src-main/detect/detectors/random-forest/detector.ts';
import { randomSource } from '../../../src-main/detect/features/random.ts';
import { decodeLabModel, encodeLabModel } from '../../../src-main/detect/lab/lab-model-file.ts';
import * as metrics from '../../../src-main/detect/lab/metrics.ts';
import type { DetectorSnapshot, FeatureMatrix } from '../../../src-main/detect/types.ts';
import { labelled, trained } from './lab-records.ts';
import { blobs } from './matrices.ts';

const ORDINARY = [
  [0, 0, 0],
  [2, 2, 2],
];

/** Ordinary rows along a diagonal, attacks that are known beyond one of its ends. */
function labelledBlobs(): { matrix: FeatureMatrix; attack: Uint8Array; kind: Int32Array } {
  const [usual, known] = [blobs(ORDINARY, 900, 0.5, 1), blobs([[5, 5, 5]], 300, 0.5, 2)];
  const matrix = { ...usual, rows: 1200, data: Float32Array.from([...usual.data, ...known.data]) };
  const attack = new Uint8Array(1200).fill(1, 900);
  return { matrix, attack, kind: Int32Array.from(attack) };
}

/** ROC-AUC of attacks of a kind that nobody showed: its values are ordinary each, together they are not. */
function areaOfUnseen(score: (matrix: FeatureMatrix) => Float64Array): number {
  const [usual, unseen] = [blobs(ORDINARY, 400, 0.5, 3), blobs([[2, 0, 2]], 400, 0.5, 4)];
  const scores = Float64Array.from([...score(usual), ...score(unseen)]);
  return metrics.rocAuc(metrics.stepsOf(scores, new Uint8Array(800).fill(1, 400)));
}

describe('made-up rows', () => {
  const features = [
    'proto=tcp',
    'proto=udp',
    'proto=(unseen)',
    'proto rarity',
    'log2(1+bytes)',
    'bytes=(unset)',
    'rate',
  ];

  it('keep the columns of one source together', () => {
    const owner = columnOwners(features);
    expect([...owner]).toEqual([0, 0, 0, 0, 1, 1, 2]);
    const data = Float32Array.from([1, 0, 0, 0.1, 5, 0, 0.5, 0, 1, 0, 3, 0, 1, 0.7]);
    const made = recombined({ features, rows: 2, data }, owner, 64, randomSource(1, 1));
    const seen = new Set<string>();
    for (let r = 0; r < 64; r++) {
      const row = [...made.data.subarray(r * 7, r * 7 + 7)].map((x) => x.toFixed(1));
      expect(['1.0 0.0 0.0 0.1', '0.0 1.0 0.0 3.0']).toContain(row.slice(0, 4).join(' '));
      expect(['5.0 0.0', '0.0 1.0']).toContain(row.slice(4, 6).join(' '));
      seen.add(row.join(' '));
    }
    expect(seen.size).toBe(8);
  });
});

it('rare kinds of attack are drawn by the square root of their number, each record of theirs at least once', () => {
  const kind = Int32Array.from({ length: 10_101 }, (_, i) => (i < 10_000 ? 1 : i < 10_100 ? 2 : 3));
  const rows = Int32Array.from({ length: 10_101 }, (_, i) => i);
  const drawn = drawByKind(rows, kind, 1110, randomSource(1, 1));
  const of = (k: number): number[] => [...drawn].filter((row) => kind[row] === k);
  expect([of(1).length, of(2).length, of(3).length]).toEqual([1000, 100, 10]);
  expect(new Set(of(2)).size).toBe(100);
  expect([...drawByKind(rows, kind, 1110, randomSource(1, 1))]).toEqual([...drawn]);
});

describe('a forest that learned from made-up rows too', () => {
  it('finds a kind of attack that is like none it was shown', () => {
    const { matrix, attack, kind } = labelledBlobs();
    const [plain, open] = [new RandomForest(), new OpenForest()];
    plain.fit(matrix, 1, attack);
    open.fit(matrix, 1, attack, { kind });
    expect(areaOfUnseen((rows) => plain.score(rows))).toBeLessThan(0.7);
    expect(areaOfUnseen((rows) => open.score(rows))).toBeGreaterThan(0.97);
    expect(open.chosen).toBe('900 ordinary rows against 900 attacks and 900 made-up ones');
  });

  it('needs no attack at all', () => {
    const forest = new ContrastForest();
    forest.fit(blobs(ORDINARY, 900, 0.5, 1), 1);
    expect(areaOfUnseen((rows) => forest.score(rows))).toBeGreaterThan(0.97);
    expect(forest.chosen).toBe('900 ordinary rows against 1800 made-up ones');
  });

  it('says exactly what moved its score', () => {
    const forest = new ContrastForest();
    forest.fit(blobs(ORDINARY, 600, 0.5, 1), 1);
    const row = Float32Array.of(2, 0, 2);
    const { base, score, contributions } = forest.explain(row);
    expect(base + contributions.reduce((a, b) => a + b, 0)).toBeCloseTo(score, 9);
    expect(score).toBe(forest.score({ features: ['f0', 'f1', 'f2'], rows: 1, data: row })[0]);
  });

  it('does without a word about kinds', () => {
    const { matrix, attack } = labelledBlobs();
    const open = new OpenForest();
    open.fit(matrix, 1, attack);
    expect(areaOfUnseen((rows) => open.score(rows))).toBeGreaterThan(0.97);
  });
});

describe('the mean of tails', () => {
  it('is the mean surprise among ordinary rows that no member saw', async () => {
    const { matrix, attack, kind } = labelledBlobs();
    const detector = openEnsemble();
    await detector.fit(matrix, 1, attack, { kind });
    const usual = detector.score(blobs(ORDINARY, 2000, 0.5, 9));
    const mean = usual.reduce((a, b) => a + b, 0) / 2000;
    // −log10 of a uniform number has the mean 0.434; ties of trees make it less.
    expect(mean).toBeGreaterThan(0.3);
    expect(mean).toBeLessThan(0.5);
    expect(areaOfUnseen((rows) => detector.score(rows))).toBeGreaterThan(0.97);
    expect(detector.chosen).toMatch(
      /^open-forest 2, k-nearest 1, contrast-forest 1; calibrated on 1\d\d ordinary rows$/,
    );
  });

  it.each(['contrast-ensemble', 'open-ensemble', 'contrast-forest', 'open-forest'])(
    '%s in a file scores as before',
    async (detector) => {
      const { model } = await trained({ detector }, 1000);
      const restored = decodeLabModel(encodeLabModel(model));
      const table = labelled(400, 7);
      const [before, after] = [model.score(table), restored.score(table)];
      expect([...after.raw]).toEqual([...before.raw]);
      expect(restored.detector.chosen).toBe(model.detector.chosen);
    },
  );

  it('is refused when a member is missing', async () => {
    const detector = contrastEnsemble();
    await detector.fit(blobs(ORDINARY, 900, 0.5, 1), 1);
    const columns = ['f0', 'f1', 'f2'];
    const saved: DetectorSnapshot = { id: detector.id, version: 1, ...detector.save() };
    const without = (change: Partial<DetectorSnapshot>): (() => void) => {
      return () => contrastEnsemble().load({ ...saved, ...change }, columns);
    };
    expect(without({})).not.toThrow();
    expect(without({ head: { ...saved.head, heads: [{}] } })).toThrow(RangeError);
    expect(without({ head: { ...saved.head, heads: [1, 2, 3, 4] } })).toThrow(RangeError);
    const arrays = Object.fromEntries(Object.entries(saved.arrays).filter(([name]) => name !== '2 reference'));
    expect(without({ arrays })).toThrow(RangeError);
  });

  it('loads what somebody changed, or refuses it; what loads scores', async () => {
    const { matrix, attack } = labelledBlobs();
    const detector = openEnsemble();
    await detector.fit(matrix, 1, attack);
    const saved = detector.save();
    const names = Object.keys(saved.arrays);
    const change = fc.tuple(fc.constantFrom(...names), fc.nat(), fc.oneof(fc.double(), fc.integer()));
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 6 }), (changes) => {
        const arrays = Object.fromEntries(Object.entries(saved.arrays).map(([name, array]) => [name, array.slice()]));
        for (const [name, at, value] of changes) arrays[name]![at % arrays[name]!.length] = value;
        const other = openEnsemble();
        try {
          other.load({ id: other.id, version: 1, head: saved.head, arrays }, matrix.features);
        } catch (error) {
          if (!(error instanceof RangeError)) throw error;
          return;
        }
        expect(other.score(matrix)).toHaveLength(matrix.rows);
      }),
      { numRuns: 60, seed: 7 },
    );
  });
});

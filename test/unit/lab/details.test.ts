import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { binOf, detailsOf, type DetailedScores } from '../../../src-main/detect/lab/details.ts';
import { boxOf, describeFeatures } from '../../../src-main/detect/lab/feature-details.ts';
import { importanceOf, Probe } from '../../../src-main/detect/lab/importance.ts';
import { Scaling } from '../../../src-main/detect/lab/encode.ts';
import type { Table } from '../../../src-main/detect/lab/formats/types.ts';
import { readTable } from '../../../src-main/detect/lab/formats/registry.ts';
import { confusionAt, rocAuc, stepsOf } from '../../../src-main/detect/lab/metrics.ts';
import { allRows } from '../../../src-main/detect/lab/split.ts';
import { MOST_BINS, MOST_KINDS, MOST_POINTS } from '../../../src-shared/domain/lab.ts';
import { randomSource } from '../../../src-main/detect/features/random.ts';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { labelledRecords } from './records.ts';
import { matrixOf } from './matrices.ts';

function scored(
  normal: readonly number[],
  attack: readonly number[],
  more: Partial<DetailedScores> = {},
): DetailedScores {
  const scores = Float64Array.from([...normal, ...attack]);
  return {
    scores,
    attack: Uint8Array.from(scores, (_, i) => (i < normal.length ? 0 : 1)),
    kind: Int32Array.from(scores, (_, i) => (i < normal.length ? 0 : 1 + (i % 2))),
    kinds: ['normal', 'scan', 'flood'],
    quiet: Float64Array.from(normal),
    threshold: 0.5,
    probability: undefined,
    ...more,
  };
}

function many(count: number, seed: number, shift: number): number[] {
  const random = randomSource(seed);
  return Array.from({ length: count }, () => random() + random() + random() + shift);
}

const list = fc.array(fc.integer({ min: -20, max: 20 }), { minLength: 1, maxLength: 60 });

describe('the scores of a result, in bins', () => {
  it('hold at every edge exactly the alarms of that threshold', () => {
    fc.assert(
      fc.property(list, list, fc.integer({ min: -25, max: 25 }), (normal, attack, threshold) => {
        const given = scored(normal, attack, { threshold });
        const { edges, normal: normals, attack: attacks, kinds } = detailsOf(given).scores;
        for (const [cut, edge] of edges.entries()) {
          const { fp, tp } = confusionAt(given.scores, given.attack, edge);
          const alarms = (counts: number[]): number => counts.slice(cut).reduce((a, b) => a + b, 0);
          expect([alarms(normals), alarms(attacks)]).toEqual([fp, tp]);
          expect(kinds.reduce((sum, { counts }) => sum + alarms(counts), 0)).toBe(tp);
        }
        expect(edges).toEqual([...new Set(edges)].sort((a, b) => a - b));
      }),
      { numRuns: 100 },
    );
  });

  it('have the threshold that was set among their edges, whether a score is equal to it or not', () => {
    const { edges } = detailsOf(scored(many(5000, 1, 0), many(3000, 2, 1), { threshold: 2.123 })).scores;
    expect(edges).toContain(2.123);
  });

  it('put a score into the last bin that begins at or below it', () => {
    expect([-1, 0, 0.5, 1, 7].map((score) => binOf([0, 1, 2], score))).toEqual([0, 0, 0, 1, 2]);
  });
});

describe('however many records there are, a figure', () => {
  const kinds = ['normal', ...Array.from({ length: 90 }, (_, k) => `kind ${k}`)];
  const normal = many(40_000, 3, 0);
  const attack = many(30_000, 4, 0.7);
  const given = scored(normal, attack, {
    kinds,
    kind: Int32Array.from([...normal, ...attack], (_, i) => 1 + (i % 90)),
    threshold: 2,
  });
  const { roc, pr, scores } = detailsOf(given);

  it('is drawn from so many points, bins and kinds at most', () => {
    expect(roc.fpr.length).toBeLessThanOrEqual(MOST_POINTS);
    expect(pr.recall.length).toBeLessThanOrEqual(MOST_POINTS);
    expect(scores.edges.length).toBeLessThanOrEqual(MOST_BINS);
    expect(scores.kinds).toHaveLength(MOST_KINDS);
  });

  it('loses nothing that can be seen: the area under the drawn curve is that of all points', () => {
    let area = 0;
    for (let i = 1; i < roc.fpr.length; i++) {
      area += (roc.fpr[i]! - roc.fpr[i - 1]!) * ((roc.recall[i]! + roc.recall[i - 1]!) / 2);
    }
    expect(area).toBeCloseTo(rocAuc(stepsOf(given.scores, given.attack)), 3);
    expect([roc.fpr[0], roc.recall[0], roc.fpr.at(-1), roc.recall.at(-1)]).toEqual([0, 0, 1, 1]);
  });

  it('has points where the false-positive rate is small', () => {
    expect(roc.fpr.filter((fpr) => fpr > 0 && fpr < 0.01).length).toBeGreaterThan(30);
  });
});

describe('calibration', () => {
  it('compares the false-positive rate that was promised with the one that came', () => {
    // Test data twice as often beyond a threshold as validation data.
    const normal = Array.from({ length: 1000 }, (_, i) => (i < 100 ? 9 : 0));
    const quiet = Float64Array.from({ length: 1000 }, (_, i) => (i < 50 ? 9 : 0));
    const { falsePositives } = detailsOf(scored(normal, [9, 9], { quiet })).calibration;
    expect(falsePositives.find(({ asked }) => asked === 0.05)).toMatchObject({ asked: 0.05, got: 0.1 });
    expect(falsePositives.find(({ asked }) => asked === 0.02)?.got).toBe(0);
  });

  it('says nothing of rates that so few validation records cannot set', () => {
    const { falsePositives } = detailsOf(
      scored(many(30, 1, 0), [9], { quiet: Float64Array.from(many(30, 2, 0)) }),
    ).calibration;
    expect(falsePositives.map(({ asked }) => asked)).toEqual([0.05, 0.1, 0.2, 0.3, 0.5]);
  });

  it('holds stated probabilities against the share of attacks, where scores state any', () => {
    // Of ten records at 0.25 two are attacks, of ten at 0.95 all.
    const given = scored(
      Array.from({ length: 8 }, () => 0.25),
      [0.25, 0.25, ...Array.from({ length: 10 }, () => 0.95)],
      {
        probability: (share) => share,
      },
    );
    const found = detailsOf(given).calibration.probability!;
    expect(found.bins.map(({ stated, observed, records }) => [stated, observed, records])).toEqual([
      [0.25, 0.2, 10],
      [expect.closeTo(0.95, 12), 1, 10],
    ]);
    expect(found.error).toBeCloseTo(0.05, 12);
    expect(detailsOf(scored([0.2], [0.8])).calibration.probability).toBeNull();
  });
});

describe('permutation importance', () => {
  const random = randomSource(5);
  const rows = (shift: number) => matrixOf(Array.from({ length: 400 }, () => [random() + shift, random(), random()]));
  const [ordinary, attacks] = [rows(0), rows(0.8)];
  const probe = (seed: number): Probe =>
    new Probe({ ordinary, attacks, owner: Int32Array.from([0, 1, 1]), scaling: Scaling.fit(ordinary), seed });
  const score = ({ data, rows: count }: { data: Float32Array; rows: number }): Float64Array =>
    Float64Array.from({ length: count }, (_, r) => data[r * 3]! + 0.01 * data[r * 3 + 1]!);

  it('names the column the detector rests on, the same for the same seed', () => {
    const run = (seed: number) => {
      const one = probe(seed);
      return importanceOf(
        one.run((views) => score(views.get('plain'))),
        one.attack,
        ['told', 'noise'],
      );
    };
    const found = run(1);
    expect(found.features.map(({ feature }) => feature)).toEqual(['told', 'noise']);
    expect(found.features[0]!.drop).toBeGreaterThan(0.3);
    expect(Math.abs(found.features[1]!.drop)).toBeLessThan(0.01);
    expect(run(1)).toEqual(found);
    expect(run(2)).not.toEqual(found);
  });

  it('is of no use without both classes', () => {
    const none = { ...ordinary, rows: 0, data: new Float32Array(0) };
    const given = {
      ordinary,
      attacks: none,
      owner: Int32Array.from([0, 1, 1]),
      scaling: Scaling.fit(ordinary),
      seed: 1,
    };
    expect(new Probe(given).useful).toBe(false);
  });
});

describe('columns by class', () => {
  it('are five numbers, whiskers within one and a half interquartile ranges, and what lies beyond', () => {
    expect(boxOf(Float64Array.from([1, 2, 3, 4, 5, 6, 7, 8, 100]))).toEqual({
      records: 9, mean: expect.closeTo(136 / 9, 12), least: 1, low: 1, q1: 3, median: 5, q3: 7, high: 8, most: 100, outside: 1,
    }); // prettier-ignore
  });

  describe('that say little', () => {
    const table = (columns: Record<string, number[]>, attack: number[]): Table => {
      const made = Object.entries(columns).map(([name, numbers]) => ({
        spec: { name, kind: 'numeric', role: 'feature' },
        numbers: Float32Array.from(numbers),
      }));
      return { columns: made, attack: Uint8Array.from(attack), rows: attack.length } as unknown as Table;
    };
    const described = (given: Table): ReturnType<typeof describeFeatures> => {
      const found = describeFeatures(given, allRows(given.rows));
      // No infinity and no NaN, which JSON has not.
      expect(JSON.parse(JSON.stringify(found))).toEqual(found);
      return found;
    };

    it('the same value everywhere: no difference, and that is sure', () => {
      const { features } = described(table({ same: [3, 3, 3, 3, 3] }, [0, 0, 0, 1, 1]));
      const flat = { mean: 3, least: 3, low: 3, q1: 3, median: 3, q3: 3, high: 3, most: 3, outside: 0 };
      expect(features).toEqual([
        {
          feature: 'same',
          normal: { records: 3, ...flat },
          attack: { records: 2, ...flat },
          welch: { t: 0, degrees: 3, p: 1 },
          ks: { d: 0, p: 1 },
        },
      ]);
    });

    it('one value a class: they differ without end', () => {
      const [found] = described(table({ apart: [1, 1, 1, 2, 2] }, [0, 0, 0, 1, 1])).features;
      expect(found!.welch).toEqual({ t: null, degrees: 3, p: 0 });
      expect(found!.ks).toEqual({ d: 1, p: expect.closeTo(0.2, 12) as number });
    });

    it('a class with one record: a box of one value, and no test of means', () => {
      const [found] = described(table({ bytes: [1, 2, 3, 9] }, [0, 0, 0, 1])).features;
      expect(found!.attack).toMatchObject({ records: 1, least: 9, q1: 9, median: 9, q3: 9, most: 9, outside: 0 });
      expect(found!.welch).toBeNull();
      expect(found!.ks).toEqual({ d: 1, p: expect.closeTo(0.5, 12) as number });
    });

    it('no value at all, or none in a class: left out, and counted', () => {
      const columns = { unset: [NaN, NaN, NaN, NaN], half: [1, 2, NaN, NaN], known: [1, 2, 1, 2] };
      const { features, featuresTotal } = described(table(columns, [0, 0, 1, 1]));
      expect(features.map(({ feature }) => feature)).toEqual(['known']);
      expect(featuresTotal).toBe(3);
    });

    it('values unset here and there: those that are set are told', () => {
      const [found] = described(table({ rate: [NaN, 2, 4, 8, NaN] }, [0, 0, 0, 1, 1])).features;
      expect([found!.normal.records, found!.attack.records]).toEqual([2, 1]);
    });
  });

  it('come in the order in which they differ, with both tests', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'sonde-columns-'));
    try {
      const path = join(folder, 'records.txt');
      writeFileSync(path, labelledRecords(2000, 1));
      const table = await readTable([path]);
      const { features, featuresTotal } = describeFeatures(table, allRows(table.rows));
      expect(featuresTotal).toBeGreaterThan(30);
      const distances = features.map(({ ks }) => ks.d);
      expect(distances).toEqual([...distances].sort((a, b) => b - a));
      const rate = features.find(({ feature }) => feature === 'serror_rate')!;
      // 500 of 600 attacks have 1, all others 0.
      expect(rate.ks.d).toBeCloseTo(500 / 600, 2);
      expect([rate.normal.q3, rate.attack.q1, rate.welch!.p < 1e-10]).toEqual([0, 1, true]);
      expect(JSON.parse(JSON.stringify(features))).toEqual(features);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

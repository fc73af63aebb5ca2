/** Sampled Shapley values: against the definition, against functions whose values are known, and on the real autoencoder. */
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadModel } from '../../../src-main/detect/detectors/model-file.ts';
import type { Model } from '../../../src-main/detect/detectors/model.ts';
import { exactShapley, sampledShapley, type ScoreRows } from '../../../src-main/detect/detectors/shapley.ts';
import { explainBySampling } from '../../../src-main/detect/detectors/suite.ts';
import { BACKGROUND_ROWS, createScorer, scorerFromState } from '../../../src-main/detect/detectors/triage.ts';
import { explainFlow } from '../../../src-main/detect/explain/index.ts';
import { randomSource } from '../../../src-main/detect/features/random.ts';
import { batchOf, eventsOf, ordinaryFlow } from './synthetic.ts';

const each = (width: number, of: (row: Float32Array) => number): ScoreRows => {
  return (data, rows) => Float64Array.from({ length: rows }, (_, r) => of(data.subarray(r * width, (r + 1) * width)));
};
const sum = (values: Iterable<number>): number => [...values].reduce((a, b) => a + b, 0);
const identity = (count: number): Int32Array => Int32Array.from({ length: count }, (_, i) => i);

function backgroundOf(rows: number, width: number, seed: number): { rows: number; data: Float32Array } {
  const random = randomSource(seed);
  return { rows, data: Float32Array.from({ length: rows * width }, () => random() - 0.5) };
}

describe('sampled Shapley values', () => {
  it('of a sum are its parts, without any error', () => {
    const weights = [3, -2, 0.5, 0];
    const score = each(4, (row) => sum(weights.map((w, j) => w * row[j]!)));
    const background = { rows: 1, data: new Float32Array(4) };
    const found = sampledShapley(score, Float32Array.from([1, 1, 2, 9]), background, identity(4), {
      pairs: 4,
      seed: 1,
    });
    expect([...found.values]).toEqual([3, -2, 1, 0]);
    expect([...found.errors]).toEqual([0, 0, 0, 0]);
    expect(found).toMatchObject({ base: 0, score: 2 });
  });

  it('of a product are shared alike', () => {
    const score = each(3, (row) => row[0]! * row[1]! * 6);
    const found = exactShapley(
      score,
      Float32Array.from([1, 1, 5]),
      { rows: 1, data: new Float32Array(3) },
      identity(3),
    );
    expect([...found.values].map((x) => Math.round(x * 1e9) / 1e9)).toEqual([3, 3, 0]);
  });

  it('agree with the definition on eight features that act together', () => {
    const width = 8;
    const score = each(width, (row) => {
      const [a, b, c, d, e, f, g, h] = row as unknown as number[];
      return a! * b! + Math.max(c!, d!) ** 2 + Math.sin(3 * e!) * f! - g! * h! * a!;
    });
    const row = Float32Array.from([2, -1, 1.5, 0.3, 0.7, 2, -1, 1]);
    const background = backgroundOf(16, width, 1);
    const exact = exactShapley(score, row, background, identity(width));
    const found = sampledShapley(score, row, background, identity(width), { pairs: 4096, seed: 7 });
    expect(found.base).toBeCloseTo(exact.base, 9);
    expect(found.score).toBeCloseTo(exact.score, 9);
    expect(sum(exact.values)).toBeCloseTo(exact.score - exact.base, 9);
    for (let f = 0; f < width; f++) {
      expect(Math.abs(found.values[f]! - exact.values[f]!)).toBeLessThan(4 * found.errors[f]! + 1e-9);
      expect(Math.abs(found.values[f]! - exact.values[f]!)).toBeLessThan(0.05);
    }
  });

  it('have the errors they state: nineteen of twenty lie within two of them', () => {
    const width = 6;
    const score = each(width, (row) => row[0]! * row[1]! + row[2]! * row[3]! * row[4]! - Math.abs(row[5]! + row[0]!));
    const row = Float32Array.from([2, 1, -1, 2, 1, 3]);
    const background = backgroundOf(8, width, 2);
    const exact = exactShapley(score, row, background, identity(width));
    let [within, all] = [0, 0];
    for (let seed = 0; seed < 200; seed++) {
      const found = sampledShapley(score, row, background, identity(width), { pairs: 32, seed });
      found.values.forEach((value, f) => {
        all++;
        if (Math.abs(value - exact.values[f]!) <= 2 * found.errors[f]! + 1e-12) within++;
      });
    }
    // Every order meets each background row equally often, so the truth is nearer than the errors say, never farther.
    expect(within / all).toBeGreaterThan(0.93);
  });

  it('are the same for the same seed', () => {
    const score = each(5, (row) => row[0]! * row[1]! + row[2]! ** 2 * row[3]! - row[4]!);
    const background = backgroundOf(4, 5, 3);
    const row = Float32Array.from([1, 2, 3, 4, 5]);
    const of = (seed: number) => sampledShapley(score, row, background, identity(5), { pairs: 3, seed }).values;
    expect(of(1)).toEqual(of(1));
    expect(of(2)).not.toEqual(of(1));
  });

  it('refuse to look at too many coalitions one by one', () => {
    const background = { rows: 1, data: new Float32Array(13) };
    expect(() =>
      exactShapley(
        each(13, () => 0),
        new Float32Array(13),
        background,
        identity(13),
      ),
    ).toThrow(RangeError);
  });
});

describe('the autoencoder of the base model', () => {
  let model: Model;
  beforeAll(async () => {
    model = await loadModel(join(import.meta.dirname, '..', '..', '..', 'resources', 'models', 'base.model'));
  });

  it('is explained as the definition has it, where its columns are few groups', () => {
    const { detector } = model.suite.members.find(({ entry }) => entry.id === 'autoencoder')!;
    const { width } = model.preparation;
    // Eight groups of columns side by side.
    const owner = Int32Array.from({ length: width }, (_, j) => Math.floor((j * 8) / width));
    const random = randomSource(11);
    const row = Float32Array.from({ length: width }, () => 4 * random() - 2);
    const background = backgroundOf(8, width, 12);
    const score: ScoreRows = (data, rows) => {
      const out = new Float64Array(rows);
      detector.raw(data, rows, out);
      return out;
    };
    const exact = exactShapley(score, row, background, owner);
    const found = explainBySampling(detector, row, { background, owner, pairs: 256, seed: 1 });
    const scale = Math.max(...exact.values.map(Math.abs));
    exact.values.forEach((value, group) => {
      const first = owner.indexOf(group);
      expect(Math.abs(found.contributions[first]! - value)).toBeLessThan(0.05 * scale);
    });
    expect(sum(found.contributions)).toBeCloseTo(found.score - found.base, 9);
  });

  it('is explained so in a capture: local accuracy holds, and an equal scorer says the same', () => {
    const scorer = createScorer({ model, seed: 1, mode: 'offline' });
    const random = randomSource(2);
    const flows = Array.from({ length: 600 }, (_, id) => ordinaryFlow(id, random));
    flows.push({ ...ordinaryFlow(600, random), origBytes: 5e8, respPkts: 4e5, seconds: 3000 });
    const batch = batchOf(flows);
    scorer.observe(eventsOf(flows), batch);
    scorer.finish();
    expect(scorer.background!.rows).toBe(BACKGROUND_ROWS);
    const scores = scorer.score(batch);
    const surprise = scores.surprise[600]!;
    const { base, attributions, rest, surprise: explained } = explainFlow(scorer, batch, 600);
    const told = sum(attributions.map(({ contribution }) => contribution));
    expect(told + rest).toBeCloseTo(explained - base, 9);
    expect(explained).toBeCloseTo(surprise, 4);
    expect(attributions.length).toBeGreaterThan(0);
    const other = scorerFromState(model, structuredClone(scorer.state()));
    expect(explainFlow(other, batch, 600)).toEqual(explainFlow(scorer, batch, 600));
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FLOW_FEATURES } from '../../../src-shared/features/catalogue.ts';
import { ContextTracker } from '../../../src-main/detect/features/context.ts';
import { MissingFeatureError } from '../../../src-main/detect/features/errors.ts';
import { extractFeatures } from '../../../src-main/detect/features/extract.ts';
import { fastLog2p1, Preparation } from '../../../src-main/detect/features/prepare.ts';
import { FlowSample } from '../../../src-main/detect/features/sample.ts';
import { fitScaler, SCALED_LIMIT } from '../../../src-main/detect/features/scaler.ts';
import type { FeatureMatrix } from '../../../src-main/detect/types.ts';
import { batchOf, type SyntheticFlow } from '../detectors/synthetic.ts';

function features(flow: SyntheticFlow): Record<string, number> {
  const batch = batchOf([flow]);
  new ContextTracker().fill(batch);
  const matrix = extractFeatures(batch);
  return Object.fromEntries(matrix.features.map((id, i) => [id, matrix.data[i]!]));
}

const WEB: SyntheticFlow = {
  id: 0,
  at: 1_700_000_000,
  seconds: 10,
  source: 1,
  target: 2,
  port: 443,
  proto: 6,
  service: 'ssl',
  origPkts: 11,
  respPkts: 21,
  origBytes: 1000,
  respBytes: 9000,
  connState: 3,
  answered: true,
};

describe('features of a flow', () => {
  it('are what the catalogue says', () => {
    const found = features(WEB);
    expect(found).toMatchObject({
      duration: 10,
      orig_packets: 11,
      resp_packets: 21,
      orig_bytes: 1000,
      resp_bytes: 9000,
      byte_rate: 1000,
      orig_mean_size: 200,
      resp_mean_size: 900,
      orig_gap_mean: 1,
      resp_gap_mean: 0.5,
      answered: 1,
      src_flows: 1,
      protocol: 0,
      conn_state: 3,
      service_class: 3,
      port_class: 1,
      pair_gap: 0,
      odd_flags: 0,
      first_size: 200,
      second_size: -900,
    });
    expect(found['byte_balance']).toBeCloseTo(-0.8, 6);
    expect(found['packet_rate']).toBeCloseTo(3.1, 5);
    expect(found['response_time']).toBeCloseTo(0.02, 6);
    expect(found['syn_share']).toBeCloseTo(2 / 32, 6);
  });

  it('stand in the order of the catalogue', () => {
    const batch = batchOf([WEB]);
    new ContextTracker().fill(batch);
    expect(extractFeatures(batch).features).toEqual(FLOW_FEATURES.map((feature) => feature.id));
  });

  it('of one packet have no rates and no rhythm', () => {
    const found = features({
      ...WEB,
      seconds: 0,
      origPkts: 1,
      respPkts: 0,
      origBytes: 40,
      respBytes: 0,
      answered: false,
    });
    expect(found).toMatchObject({
      packet_rate: 0,
      byte_rate: 0,
      orig_gap_mean: 0,
      orig_gap_variation: 0,
      response_time: 0,
      answered: 0,
    });
  });

  it('are finite whatever the columns hold', () => {
    fc.assert(
      fc.property(
        fc.record({
          seconds: fc.double({ min: 0, max: 1e7, noNaN: true }),
          origPkts: fc.integer({ min: 0, max: 1e9 }),
          respPkts: fc.integer({ min: 0, max: 1e9 }),
          origBytes: fc.integer({ min: 0, max: 2 ** 40 }),
          respBytes: fc.integer({ min: 0, max: 2 ** 40 }),
          proto: fc.integer({ min: 0, max: 65535 }),
          connState: fc.integer({ min: 0, max: 12 }),
          port: fc.integer({ min: 0, max: 65535 }),
        }),
        (shape) => {
          for (const [id, x] of Object.entries(features({ ...WEB, ...shape })))
            expect(Number.isFinite(x), id).toBe(true);
        },
      ),
      { numRuns: 200 },
    );
  });

  it('are refused when the context was never filled', () => {
    expect(() => extractFeatures(batchOf([WEB]))).toThrow(MissingFeatureError);
  });
});

const numeric = (id: string, transform: 'linear' | 'log' | 'signed-log'): (typeof FLOW_FEATURES)[number] => ({
  kind: 'numeric',
  id,
  unit: 'bytes',
  group: 'size',
  transform,
  factor: 2,
  meaning: '',
  source: '',
  phrase: '{}',
});
const SMALL = new Preparation([
  numeric('a', 'linear'),
  numeric('b', 'log'),
  numeric('c', 'signed-log'),
  {
    kind: 'categorical',
    id: 'd',
    unit: 'class',
    group: 'behaviour',
    vocabulary: ['x', 'y', 'other'],
    meaning: '',
    source: '',
    phrase: '{}',
  },
]);
const matrixOf = (features: string[], ...rows: number[][]): FeatureMatrix => ({
  features,
  rows: rows.length,
  data: Float32Array.from(rows.flat()),
});

describe('preparation', () => {
  it('takes logarithms and makes one column of each word', () => {
    const out = SMALL.apply(matrixOf(['a', 'b', 'c', 'd'], [3, 3.5, -3.5, 1]));
    expect(out.features).toEqual(['a', 'b', 'c', 'd=x', 'd=y', 'd=other']);
    expect([...out.data]).toEqual([6, 3, -3, 0, 1, 0]);
  });

  it('can tell the value again', () => {
    expect(SMALL.restore(0, 6)).toBe(3);
    expect(SMALL.restore(1, 3)).toBe(3.5);
    expect(SMALL.restore(2, -3)).toBe(-3.5);
  });

  it('refuses a missing feature, another order, a value that is not a number, a class outside the vocabulary', () => {
    expect(() => SMALL.apply(matrixOf(['a', 'b', 'c'], [1, 1, 1]))).toThrow(/feature d is missing: no such column/);
    expect(() => SMALL.apply(matrixOf(['b', 'a', 'c', 'd'], [1, 1, 1, 1]))).toThrow(/another order/);
    expect(() => SMALL.apply(matrixOf(['a', 'b', 'c', 'd'], [NaN, 1, 1, 1]))).toThrow(/feature a is missing: NaN/);
    expect(() => SMALL.apply(matrixOf(['a', 'b', 'c', 'd'], [1, Infinity, 1, 1]))).toThrow(MissingFeatureError);
    expect(() => SMALL.apply(matrixOf(['a', 'b', 'c', 'd'], [1, 1, 1, 3]))).toThrow(/feature d/);
    expect(() => SMALL.apply(matrixOf(['a', 'b', 'c', 'd'], [1, 1, 1, -1]))).toThrow(/feature d/);
  });

  it('has logarithms to a millionth', () => {
    for (let x = 0; x < 1e12; x = x * 1.7 + 0.001)
      expect(Math.abs(fastLog2p1(x) - Math.log2(1 + x)), String(x)).toBeLessThan(1e-6);
  });
});

describe('scaling', () => {
  it('goes by median and interquartile range, whatever a few rows hold', () => {
    const usual = Array.from({ length: 100 }, (_, i) => [i]);
    const wild = usual.map(([x], i) => [i >= 95 ? x! + 1000 : x!]);
    const [a, b] = [fitScaler(matrixOf(['a'], ...usual)), fitScaler(matrixOf(['a'], ...wild))];
    expect(a.centre[0]).toBe(49.5);
    expect(b.centre[0]).toBe(49.5);
    expect(a.spread[0]).toBeCloseTo(49.5 / 1.349, 5);
  });

  it('of a constant column has a least spread, and values end at the limit', () => {
    const scaler = fitScaler(matrixOf(['a'], [5], [5], [5]));
    const data = Float32Array.of(5, 5.2, 1e6, -1e6);
    scaler.apply(data, 4);
    expect([...data]).toEqual([0, Math.fround((Math.fround(5.2) - 5) * 10), SCALED_LIMIT, -SCALED_LIMIT]);
  });

  it('centres a class on its share', () => {
    const scaler = fitScaler(matrixOf(['d=x'], [1], [0], [0], [0]));
    expect(scaler.centre[0]).toBe(0.25);
    expect(scaler.spread[0]).toBeCloseTo(Math.sqrt(0.1875), 9);
  });
});

describe('the sample of a run', () => {
  const sampled = (ids: readonly number[], size: number): number[] => {
    const sample = new FlowSample(size, 1, 7);
    for (const id of ids) if (sample.wants(id)) sample.add(id, Float32Array.of(id), 0);
    return [...sample.take().data];
  };

  it('does not depend on the order in which flows come', () => {
    const ids = Array.from({ length: 3000 }, (_, i) => i);
    const forward = sampled(ids, 100);
    expect(forward).toHaveLength(100);
    expect(sampled([...ids].reverse(), 100)).toEqual(forward);
    expect(sampled(ids.filter((i) => i % 2 === 0).concat(ids.filter((i) => i % 2 === 1)), 100)).toEqual(forward);
  });

  it('is everything where there is little, and spread evenly where there is much', () => {
    expect(sampled([5, 3, 9], 100)).toEqual([3, 5, 9]);
    const chosen = sampled(
      Array.from({ length: 20_000 }, (_, i) => i),
      1000,
    );
    expect(chosen.filter((id) => id < 10_000).length).toBeGreaterThan(430);
    expect(chosen.filter((id) => id < 10_000).length).toBeLessThan(570);
  });
});

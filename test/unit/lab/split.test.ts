import { describe, expect, it } from 'vitest';
import { correlation, fitEnsemble, weightsOf } from '../../../src-main/detect/lab/ensemble.ts';
import { kolmogorovSmirnov } from '../../../src-main/detect/lab/drift.ts';
import { TableBuilder } from '../../../src-main/detect/lab/formats/builder.ts';
import type { Table } from '../../../src-main/detect/lab/formats/types.ts';
import {
  allRows,
  divide,
  duplicatesAcross,
  holdBack,
  holdKindsBack,
  type Warning,
} from '../../../src-main/detect/lab/split.ts';
import { madeUpAnomalies } from '../../../src-main/detect/lab/synthetic.ts';
import { matrixOf } from './matrices.ts';

interface Made {
  kind?: string;
  identity?: string;
  time?: number;
  group?: string;
}

function table(records: readonly Made[]): Table {
  const builder = new TableBuilder([{ name: 'x', kind: 'numeric', role: 'feature' }]);
  for (const { kind = 'normal', identity = '', time = NaN, group } of records) {
    const record = {
      values: [1],
      attack: kind !== 'normal',
      kind,
      identity,
      time,
      ...(group !== undefined && { group }),
    };
    builder.add(record, 'made up');
  }
  return builder.finish('made-up', ['made up'], ['']);
}

describe('division of one file', () => {
  it('by time puts the latest three tenths to the judging side', () => {
    const warnings: Warning[] = [];
    const rows = table([5, 1, 9, 3, 7, 0, 2, 4, 6, 8].map((time) => ({ time })));
    const { train, test } = divide(rows, 'time', 1, warnings);
    expect([...train].map((row) => rows.time[row])).toEqual([0, 1, 2, 3, 4, 5, 6]);
    expect([...test].map((row) => rows.time[row])).toEqual([7, 8, 9]);
    expect(warnings).toEqual([]);
  });

  it('says so where there is no time', () => {
    const warnings: Warning[] = [];
    expect([...divide(table([{}, {}, {}, {}]), 'time', 1, warnings).test]).toEqual([2, 3]);
    expect(warnings.map(({ code }) => code)).toEqual(['no-time']);
  });

  it('by group leaves every group whole', () => {
    const rows = table(Array.from({ length: 400 }, (_, i) => ({ group: `host ${i % 40}` })));
    const { train, test } = divide(rows, 'group', 1, []);
    const sides = [train, test].map((side) => new Set([...side].map((row) => rows.group[row])));
    expect(train.length + test.length).toBe(400);
    expect(test.length).toBeGreaterThan(0);
    expect([...sides[0]!].filter((group) => sides[1]!.has(group))).toEqual([]);
    expect(() => divide(table([{}]), 'group', 1, [])).toThrow(/which host or day/);
  });

  it('at random warns of what that does to the figures', () => {
    const warnings: Warning[] = [];
    const { train, test } = divide(table(Array.from({ length: 1000 }, () => ({}))), 'random', 1, warnings);
    expect(train.length + test.length).toBe(1000);
    expect(Math.abs(test.length - 300)).toBeLessThan(60);
    expect(warnings.map(({ code }) => code)).toEqual(['random-split']);
  });

  it('as the publishers did needs their test file', () => {
    expect(() => divide(table([{}]), 'official', 1, [])).toThrow(/official test file/);
  });
});

it('finds test records that training has', () => {
  const train = table([{ identity: 'a' }, { identity: 'b' }]);
  const test = table([{ identity: 'b', kind: 'x' }, { identity: 'c' }, { identity: 'a' }]);
  expect([...duplicatesAcross(train, allRows(2), test, allRows(3))]).toEqual([1, 0, 1]);
  expect([...duplicatesAcross(train, Int32Array.of(0), test, allRows(3))]).toEqual([0, 0, 1]);
});

describe('validation', () => {
  it('holds a share back, each row on one side', () => {
    const { fit, validation } = holdBack(allRows(5000), 0.2, 1);
    expect(fit.length + validation.length).toBe(5000);
    expect(Math.abs(validation.length - 1000)).toBeLessThan(120);
    expect(new Set([...fit, ...validation]).size).toBe(5000);
  });

  it('leaves whole kinds of attack out of supervised training, never the commonest', () => {
    const kinds = ['a', 'a', 'a', 'b', 'c', 'd', 'e'];
    const rows = table(Array.from({ length: 700 }, (_, i) => ({ kind: i % 2 ? 'normal' : kinds[(i / 2) % 7]! })));
    for (let seed = 1; seed <= 10; seed++) {
      const { fit, validation, leftOut } = holdKindsBack(rows, allRows(700), 0.4, seed, []);
      const kindsOf = (side: Int32Array): Set<string> =>
        new Set([...side].filter((row) => rows.attack[row]).map((row) => rows.kinds[rows.kind[row]!]!));
      expect([...kindsOf(validation)].sort()).toEqual(leftOut);
      expect(leftOut).toHaveLength(2);
      expect(leftOut).not.toContain('a');
      expect([...kindsOf(fit)].filter((kind) => kindsOf(validation).has(kind))).toEqual([]);
      expect([...validation].some((row) => !rows.attack[row])).toBe(true);
    }
  });

  it('says so where there is one kind only', () => {
    const warnings: Warning[] = [];
    const rows = table(Array.from({ length: 100 }, (_, i) => ({ kind: i % 2 ? 'normal' : 'a' })));
    holdKindsBack(rows, allRows(100), 0.2, 1, warnings);
    holdKindsBack(rows, allRows(100), 0.2, 2, warnings);
    expect(warnings.map(({ code }) => code)).toEqual(['one-kind']);
  });
});

describe('the ensemble', () => {
  const rising = Float64Array.from({ length: 100 }, (_, i) => i);
  const other = Float64Array.from({ length: 100 }, (_, i) => (i * 37) % 100);

  it('gives two that say the same one voice together', () => {
    const [a, b, c] = weightsOf([rising, Float64Array.from(rising), other], [0.9, 0.9, 0.9]);
    expect(a).toBeCloseTo(b!, 12);
    expect(a! + b! + c!).toBeCloseTo(1, 12);
    expect(c!).toBeGreaterThan(0.45);
  });

  it('gives none to a member no better than chance, and all the same where none is', () => {
    expect(weightsOf([rising, other], [0.9, 0.4])[1]).toBe(0);
    expect(weightsOf([rising, other], [0.5, 0.5])).toEqual([0.5, 0.5]);
  });

  it('adds the surprises by weight', () => {
    const ensemble = fitEnsemble([
      { id: 'a', validation: rising, quality: 0.9 },
      { id: 'b', validation: other, quality: 0.5 },
    ]);
    expect(ensemble.weights.get('a')).toBe(1);
    const scores = new Map([
      ['a', Float64Array.of(99, 0)],
      ['b', Float64Array.of(0, 99)],
    ]);
    // One of 100 rows is as unusual as 99: p = (1 + 1) / (1 + 100).
    expect(ensemble.combine(scores)[0]).toBeCloseTo(-Math.log10(2 / 101), 9);
    expect(ensemble.combine(scores)[1]).toBe(0);
  });

  it('knows correlation', () => {
    expect(correlation(Float64Array.of(1, 2, 3), Float64Array.of(2, 4, 6))).toBeCloseTo(1, 12);
    expect(correlation(Float64Array.of(1, 2, 3), Float64Array.of(3, 2, 1))).toBeCloseTo(-1, 12);
    expect(correlation(Float64Array.of(1, 1), Float64Array.of(3, 2))).toBe(0);
  });
});

it('made-up anomalies take values of other rows, or values up to half a range beyond the greatest', () => {
  const rows = matrixOf(Array.from({ length: 100 }, (_, i) => [i, i, 100 - i]));
  const made = madeUpAnomalies(rows, Int32Array.of(0, 0, 1), 1);
  expect(made.rows).toBe(100);
  expect([...madeUpAnomalies(rows, Int32Array.of(0, 0, 1), 1).data]).toEqual([...made.data]);
  let changed = 0;
  for (let r = 0; r < 100; r++) {
    const [a, b, c] = made.data.subarray(r * 3, r * 3 + 3);
    // Columns of one source go together.
    expect(a).toBe(b);
    if (a !== r || c !== 100 - r) changed++;
    if (r % 2 === 0) expect(Number.isInteger(a) && Number.isInteger(c)).toBe(true);
    expect(Math.max(a!, c!)).toBeLessThanOrEqual(150);
  }
  expect(changed).toBeGreaterThan(60);
});

it('Kolmogorov–Smirnov is the greatest distance between the distributions', () => {
  expect(kolmogorovSmirnov(Float32Array.of(1, 2, 3, 4), Float32Array.of(1, 2, 3, 4))).toBe(0);
  expect(kolmogorovSmirnov(Float32Array.of(1, 2), Float32Array.of(3, 4))).toBe(1);
  expect(kolmogorovSmirnov(Float32Array.of(1, 2, 3, 4), Float32Array.of(3, 4, 5, 6))).toBe(0.5);
});

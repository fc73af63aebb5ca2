import { describe, expect, it } from 'vitest';
import { Encoder, QuantileScaler } from '../../../src-main/detect/lab/encode.ts';
import { TableBuilder } from '../../../src-main/detect/lab/formats/builder.ts';
import type { ColumnSpec, Table } from '../../../src-main/detect/lab/formats/types.ts';
import { allRows } from '../../../src-main/detect/lab/split.ts';
import { matrixOf } from './matrices.ts';

const SPECS: readonly ColumnSpec[] = [
  { name: 'bytes', kind: 'numeric', role: 'feature' },
  { name: 'rate', kind: 'numeric', role: 'feature' },
  { name: 'service', kind: 'categorical', role: 'feature' },
  { name: 'host', kind: 'categorical', role: 'shortcut' },
  { name: 'duration', kind: 'numeric', role: 'feature', optional: true },
];

function table(rows: readonly (readonly (number | string)[])[]): Table {
  const builder = new TableBuilder(SPECS);
  for (const values of rows) builder.add({ values, attack: false, kind: '', identity: '', time: NaN }, 'made up');
  return builder.finish('made-up', ['made up'], ['']);
}

const train = table([
  [1023, 0.5, 'http', 'a', 1],
  [0, 1, 'dns', 'b', NaN],
  [7, 0, 'http', 'c', 2],
]);

describe('encoding', () => {
  const encoder = Encoder.fit(train, allRows(3), { keepShortcuts: false });
  const at = (rows: Table, row: number): Record<string, number> => {
    const { features, data } = encoder.encode(rows, Int32Array.of(row));
    return Object.fromEntries(features.map((name, j) => [name, data[j]!]));
  };

  it('leaves shortcuts out unless they are asked for', () => {
    expect(encoder.columns).toEqual([
      'log2(1+bytes)',
      'rate',
      'service=dns',
      'service=http',
      'service=(unseen)',
      'service rarity',
      'duration',
      'duration=(unset)',
    ]);
    const kept = Encoder.fit(train, allRows(3), { keepShortcuts: true });
    expect(kept.columns).toContain('host=a');
  });

  it('takes logarithms of what spans orders of magnitude, and one column for each word', () => {
    expect(at(train, 0)).toEqual({
      'log2(1+bytes)': 10,
      rate: 0.5,
      'service=dns': 0,
      'service=http': 1,
      'service=(unseen)': 0,
      'service rarity': Math.fround(-Math.log2(2.5 / 4)),
      duration: 1,
      'duration=(unset)': 0,
    });
    expect(at(train, 1)).toMatchObject({ duration: 0, 'duration=(unset)': 1 });
  });

  it('knows words of another file by their letters, and what training never had as unseen', () => {
    const other = table([
      [0, 0, 'smtp', 'a', 0],
      [0, 0, 'http', 'a', 0],
    ]);
    expect(at(other, 0)).toMatchObject({ 'service=http': 0, 'service=(unseen)': 1, 'service rarity': 3 });
    expect(at(other, 1)).toMatchObject({ 'service=http': 1, 'service=(unseen)': 0 });
  });

  it('looks at training rows only', () => {
    const without = Encoder.fit(train, Int32Array.of(1, 2), { keepShortcuts: false });
    // 1,023 is not among them: no need for a logarithm.
    expect(without.encode(train, Int32Array.of(2)).data[0]).toBe(7);
  });
});

it('ranks run from 0 to 1, equal values share theirs, and beyond the greatest there is nothing more', () => {
  const scaler = QuantileScaler.fit(matrixOf([[0], [0], [0], [10], [20]]));
  const ranked = scaler.apply(matrixOf([[-5], [0], [10], [15], [20], [99]]));
  expect([...ranked.data]).toEqual([0, 0, 0.75, 0.875, 1, 1]);
  const constant = QuantileScaler.fit(matrixOf([[3], [3]]));
  expect([...constant.apply(matrixOf([[3], [4]])).data]).toEqual([0, 1]);
});

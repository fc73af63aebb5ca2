/** Whether ordinary records of the test data look like those that were learned from (Kolmogorov–Smirnov, by column). */
import type { Table, TableColumn } from './formats/types.ts';
import type { Warning } from './split.ts';

/** A greater distance between the distributions is worth a word. */
const NOTEWORTHY = 0.1;
const SHOWN = 3;

/** Two-sample Kolmogorov–Smirnov statistic, 0…1. */
export function kolmogorovSmirnov(a: Float32Array, b: Float32Array): number {
  const [x, y] = [Float32Array.from(a).sort(), Float32Array.from(b).sort()];
  let [i, j, most] = [0, 0, 0];
  while (i < x.length && j < y.length) {
    const value = Math.min(x[i]!, y[j]!);
    while (i < x.length && x[i]! <= value) i++;
    while (j < y.length && y[j]! <= value) j++;
    most = Math.max(most, Math.abs(i / x.length - j / y.length));
  }
  return most;
}

/** Half of the summed differences of the shares of words, 0…1. */
function totalVariation(a: TableColumn, aRows: Int32Array, b: TableColumn, bRows: Int32Array): number {
  const difference = new Map<string, number>();
  for (const row of aRows) {
    const word = a.words[a.codes[row]!]!;
    difference.set(word, (difference.get(word) ?? 0) + 1 / aRows.length);
  }
  for (const row of bRows) {
    const word = b.words[b.codes[row]!]!;
    difference.set(word, (difference.get(word) ?? 0) - 1 / bRows.length);
  }
  let sum = 0;
  for (const d of difference.values()) sum += Math.abs(d);
  return sum / 2;
}

function distance(a: TableColumn, aRows: Int32Array, b: TableColumn, bRows: Int32Array): number {
  if (a.spec.kind === 'categorical') return totalVariation(a, aRows, b, bRows);
  // Unset counts as less than anything.
  const numbers = (column: TableColumn, rows: Int32Array): Float32Array =>
    Float32Array.from(rows, (row) => (Number.isNaN(column.numbers[row]!) ? -1 : column.numbers[row]!));
  return kolmogorovSmirnov(numbers(a, aRows), numbers(b, bRows));
}

/** A warning that names the columns in which ordinary records differ most; for the reader only, nothing is chosen by it. */
export function driftWarning(
  train: Table,
  trainRows: Int32Array,
  test: Table,
  testRows: Int32Array,
): Warning | undefined {
  const before = trainRows.filter((row) => !train.attack[row]);
  const after = testRows.filter((row) => !test.attack[row]);
  const found = train.columns
    .map((column, i) => ({ column, other: test.columns[i]! }))
    .filter(({ column }) => column.spec.role === 'feature')
    .map(({ column, other }) => ({ name: column.spec.name, by: distance(column, before, other, after) }))
    .filter(({ by }) => by > NOTEWORTHY)
    .sort((a, b) => b.by - a.by);
  if (found.length === 0) return undefined;
  const shown = found.slice(0, SHOWN).map(({ name, by }) => `${name} ${by.toFixed(2)}`);
  const message =
    `ordinary records differ between training and test data in ${found.length} features ` +
    `(Kolmogorov–Smirnov or total variation over ${NOTEWORTHY}; most: ${shown.join(', ')})`;
  return { code: 'drift', message };
}

/** Records that are equal in everything a model learns from, whatever their times, hosts and ids are. */
import { hashText } from './formats/builder.ts';
import type { Table, TableColumn } from './formats/types.ts';
import type { Warning } from './split.ts';

/** Columns of a table that a model may learn from. */
export function learnedColumns({ columns }: Table, keepShortcuts: boolean): TableColumn[] {
  return columns.filter(({ spec: { role } }) => role === 'feature' || (keepShortcuts && role === 'shortcut'));
}

/** A 53-bit hash a row, of the values of the columns (hashFields' construction, of 32-bit words). */
function keysOf(columns: readonly TableColumn[], rows: Int32Array): Float64Array {
  const high = new Int32Array(rows.length).fill(0xdeadbeef);
  const low = new Int32Array(rows.length).fill(0x41c6ce57);
  const mix = (i: number, word: number): void => {
    high[i] = Math.imul(high[i]! ^ word, 2654435761);
    low[i] = Math.imul(low[i]! ^ word, 1597334677);
    high[i]! ^= high[i]! >>> 15;
    low[i]! ^= low[i]! >>> 13;
  };
  for (const { spec, numbers, codes, words } of columns) {
    if (spec.kind === 'numeric') {
      const value = new Float32Array(1);
      const bits = new Int32Array(value.buffer);
      for (let i = 0; i < rows.length; i++) {
        // Zero has two signs, and what is unset many forms.
        value[0] = numbers[rows[i]!]! || 0;
        mix(i, Number.isNaN(numbers[rows[i]!]!) ? -1 : bits[0]!);
      }
    } else {
      const hashes = words.map(hashText);
      for (let i = 0; i < rows.length; i++) {
        const hash = hashes[codes[rows[i]!]!]!;
        mix(i, hash | 0);
        mix(i, (hash / 2 ** 32) | 0);
      }
    }
  }
  return Float64Array.from(high, (a, i) => 4294967296 * (2097151 & a) + (low[i]! >>> 0));
}

/** Rows of `test` that are equal to a row of `train` in all that is learned from; both have the same columns. */
export function alikeAcross(
  train: Table,
  trainRows: Int32Array,
  test: Table,
  testRows: Int32Array,
  keepShortcuts: boolean,
): Uint8Array {
  const known = new Set(keysOf(learnedColumns(train, keepShortcuts), trainRows));
  const keys = keysOf(learnedColumns(test, keepShortcuts), testRows);
  return Uint8Array.from(keys, (key) => (known.has(key) ? 1 : 0));
}

/** `alike`: those that are no duplicates; `judged`: of how many. */
export function alikeWarning(alike: number, judged: number): Warning | undefined {
  if (alike === 0) return undefined;
  const message =
    `${alike} of ${judged} test records are equal to a training record in everything that is learned from, though not ` +
    'in their times, hosts or ids: they are judged, and what was learned by heart counts as recognised';
  return { code: 'alike-judged', message };
}

/** Columns that say by themselves what a record is: then the label may stand there twice, in other words. */
import { learnedColumns } from './alike.ts';
import type { Table, TableColumn } from './formats/types.ts';
import type { Warning } from './split.ts';

/** Mean of the shares of both classes that are told rightly, from which on a column is named. */
const PERFECT = 0.999;
const LEAST_EACH = 20;
/** More records of a class tell no more. */
const MOST_EACH = 50_000;
/** A word or number that stands there less often may do so by chance. */
const LEAST_OF_A_VALUE = 5;
const SHOWN = 5;

type Classes = readonly [ordinary: Int32Array, attacks: Int32Array];

function spaced(rows: Int32Array): Int32Array {
  if (rows.length <= MOST_EACH) return rows;
  return Int32Array.from({ length: MOST_EACH }, (_, i) => rows[Math.floor((i * rows.length) / MOST_EACH)]!);
}

/** The best that a rule of value to class comes to; rare values tell nothing. */
function byValues(valueOf: (row: number) => number, classes: Classes): number {
  const counts = new Map<number, [number, number]>();
  for (const at of [0, 1] as const) {
    for (const row of classes[at]) {
      const value = valueOf(row);
      const known = counts.get(value);
      if (known) known[at]++;
      else counts.set(value, at === 0 ? [1, 0] : [0, 1]);
    }
  }
  let right = 0;
  for (const [ordinary, attacks] of counts.values()) {
    if (ordinary + attacks < LEAST_OF_A_VALUE) continue;
    right += Math.max(ordinary / classes[0].length, attacks / classes[1].length);
  }
  return right / 2;
}

/** The best that a threshold comes to, whichever side the attacks are on; what is unset is below all. */
function byThreshold({ numbers }: TableColumn, classes: Classes): number {
  const [ordinary, attacks] = classes.map((rows) =>
    Float32Array.from(rows, (row) => (Number.isNaN(numbers[row]!) ? -Infinity : numbers[row]!)).sort(),
  ) as [Float32Array, Float32Array];
  let best = 0;
  let below = 0;
  for (let at = 0; at < ordinary.length;) {
    const value = ordinary[at]!;
    const apart = (): void => {
      best = Math.max(best, Math.abs(at / ordinary.length - below / attacks.length));
    };
    while (below < attacks.length && attacks[below]! < value) below++;
    apart();
    while (at < ordinary.length && ordinary[at] === value) at++;
    while (below < attacks.length && attacks[below] === value) below++;
    apart();
  }
  return (1 + best) / 2;
}

/** A warning that names columns each of which alone divides the rows as their labels do. */
export function labelInOtherWords(table: Table, rows: Int32Array, keepShortcuts: boolean): Warning | undefined {
  const classes: Classes = [
    spaced(rows.filter((row) => !table.attack[row])),
    spaced(rows.filter((row) => table.attack[row] === 1)),
  ];
  if (classes.some(({ length }) => length < LEAST_EACH)) return undefined;
  const found = learnedColumns(table, keepShortcuts).filter((column) =>
    column.spec.kind === 'numeric'
      ? byThreshold(column, classes) >= PERFECT
      : byValues((row) => column.codes[row]!, classes) >= PERFECT,
  );
  if (found.length === 0) return undefined;
  const names = found.slice(0, SHOWN).map(({ spec }) => spec.name);
  const more = found.length > SHOWN ? ` and ${found.length - SHOWN} more` : '';
  const message =
    `${names.join(', ')}${more}: alone nearly always tells the attacks of the training data from the ordinary records; ` +
    'if it says what was found out afterwards, it is the label in other words, and should be left out';
  return { code: 'label-in-other-words', message };
}

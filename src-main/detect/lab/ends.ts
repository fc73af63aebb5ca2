/** Which hosts the flows of a table run between: for detectors that look at the graph they make. */
import type { Ends } from '../detectors/graph/host-graph.ts';
import type { Table } from './formats/types.ts';

/**
 * Of the given rows. Hosts are numbers in the order of their first flow, which say nothing of the address.
 * undefined: the format names no hosts, or no times.
 */
export function endsOf(table: Table, rows: Int32Array): Ends | undefined {
  const [from, to] = (['source', 'target'] as const).map((end) => table.columns.find(({ spec }) => spec.end === end));
  if (!from || !to || rows.length === 0 || Number.isNaN(table.time[rows[0]!]!)) return undefined;
  const numbers = new Map<string, number>();
  const number = (word: string): number => {
    const known = numbers.get(word);
    if (known !== undefined) return known;
    numbers.set(word, numbers.size);
    return numbers.size - 1;
  };
  const ends = {
    source: new Int32Array(rows.length),
    target: new Int32Array(rows.length),
    time: new Float64Array(rows.length),
  };
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i]!;
    ends.source[i] = number(from.words[from.codes[row]!]!);
    ends.target[i] = number(to.words[to.codes[row]!]!);
    ends.time[i] = table.time[row]!;
  }
  return ends;
}

/** The first `count` of them. */
export function firstEnds({ source, target, time }: Ends, count: number): Ends {
  return { source: source.slice(0, count), target: target.slice(0, count), time: time.slice(0, count) };
}

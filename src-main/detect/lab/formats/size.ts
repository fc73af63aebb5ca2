/** How large a file of records is, told from its first lines: for estimates, before any of it is learned from. */
import { gzipSync } from 'node:zlib';
import { Encoder } from '../encode.ts';
import { allRows } from '../split.ts';
import { TableBuilder } from './builder.ts';
import type { Guess } from './guess.ts';
import { BadRecord, type LineReader } from './types.ts';

export interface FileSize {
  /** Bytes of the file as it lies on disk, and of a line of it there: compressed where the file is. */
  bytes: number;
  lineBytes: number;
  /** Columns that are learned from, once words have columns of their own: of all records, and of ordinary ones alone. */
  columns: { all: ColumnCount; ordinary: ColumnCount };
  /** Whether the records say whose they are and when they were. */
  hosts: boolean;
}

/** Without shortcuts, and with them. */
interface ColumnCount {
  without: number;
  with: number;
}

type Learnable = Pick<FileSize, 'columns' | 'hosts'>;

/** Words of a column that get one of their own, at most (`encode.ts`). */
const MOST_WORDS = 128;

/** Never learned from, whatever is asked. */
const UNLEARNED: ReadonlySet<Guess['role']> = new Set(['id', 'left-out', 'kind']);

/** Mean length of a line, as it lies on disk. */
export function lineBytes(lines: readonly string[], gzip: boolean): number {
  if (lines.length === 0) return 0;
  const text = Buffer.from(`${lines.join('\n')}\n`);
  return (gzip ? gzipSync(text, { level: 6 }) : text).length / lines.length;
}

/** What can be learned from records of a known format, by the first of them. */
export function learnableOf(reader: LineReader, lines: readonly string[], path: string): Learnable {
  const builder = new TableBuilder(reader.columns);
  for (const [i, line] of lines.entries()) {
    try {
      const record = reader.read(line, i + 1);
      if (record) builder.add(record, path);
    } catch (error) {
      if (!(error instanceof BadRecord)) break;
    }
  }
  const table = builder.finish('', [path], ['']);
  const all = allRows(table.rows);
  const count = (rows: Int32Array): ColumnCount => ({
    without: Encoder.fit(table, rows, { keepShortcuts: false }).columns.length,
    with: Encoder.fit(table, rows, { keepShortcuts: true }).columns.length,
  });
  const known = (values: Float64Array): boolean => !values.subarray(0, table.rows).some(Number.isNaN);
  return {
    columns: { all: count(all), ordinary: count(all.filter((row) => !table.attack[row])) },
    hosts: known(table.source) && known(table.time),
  };
}

/** The same of a table of no known format, by what is guessed of its columns. */
export function guessedOf(columns: readonly (Guess & { distinct: number })[]): Learnable {
  const sum = (keep: (column: Guess) => boolean): number =>
    columns
      .filter(keep)
      .reduce(
        (all, { type, distinct }) => all + (type === 'numeric' ? 1 : distinct > MOST_WORDS ? 1 : distinct + 2),
        0,
      );
  const all = { without: sum(({ role }) => role === 'feature'), with: sum(({ role }) => !UNLEARNED.has(role)) };
  const has = (wanted: Guess['role']): boolean => columns.some(({ role }) => role === wanted);
  return { columns: { all, ordinary: all }, hosts: has('source') && has('time') };
}

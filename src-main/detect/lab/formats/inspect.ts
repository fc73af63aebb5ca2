/** What a file is, told from its first lines: what a dialog shows before any of it is read. */
import { headFor, MOST_COLUMNS } from './mapped-csv.ts';
import { adviceFor, labelColumns } from './advice.ts';
import { guessColumn, type Guess } from './guess.ts';
import { beginningOf, FORMATS, type Beginning } from './registry.ts';
import { learnableOf, guessedOf, lineBytes, type FileSize } from './size.ts';

export interface InspectedColumn extends Guess {
  name: string;
  /** Some of its values, each once. */
  values: string[];
}

export interface Inspected {
  /** Set where the file is of a known format: nothing has to be said of its columns. */
  format?: { id: string; title: string };
  /** Why it is of none, and what to do. */
  why?: string;
  cure?: string;
  /** Of a delimited file under a header. */
  delimiter?: string;
  columns?: InspectedColumn[];
  /** Columns that may be the label, with their values by frequency in the first records. */
  labels?: { name: string; values: string[] }[];
  /** First records as they stand. */
  rows?: string[][];
  /** Where there are columns. */
  size?: FileSize;
}

const VALUES = 5;
const ROWS = 5;

type Learnable = Pick<FileSize, 'columns' | 'hosts'>;

const sizeOf = ({ lines, gzip, bytes }: Beginning, learnable: Learnable): FileSize => ({
  bytes,
  lineBytes: lineBytes(lines, gzip),
  ...learnable,
});

/** @throws SondeError what `linesOf` throws */
export async function inspect(path: string, delimiter?: string): Promise<Inspected> {
  const beginning = await beginningOf(path);
  const { lines } = beginning;
  for (const format of FORMATS) {
    const reader = format.recognise(lines);
    if (!reader) continue;
    const { id, title } = format;
    return { format: { id, title }, size: sizeOf(beginning, learnableOf(reader, lines, path)) };
  }
  const advice = adviceFor(lines, FORMATS);
  const head = headFor(lines, delimiter);
  if (!head || head.header.length > MOST_COLUMNS) return advice;
  const guessed = head.header.map((name, at) => {
    const values = head.rows.map((row) => row[at] ?? '');
    const distinct = [...new Set(values)];
    const column: InspectedColumn = { name, ...guessColumn(name, values), values: distinct.slice(0, VALUES) };
    return { column, distinct: distinct.length };
  });
  const columns = guessed.map(({ column }) => column);
  const size = sizeOf(beginning, guessedOf(guessed.map(({ column, distinct }) => ({ ...column, distinct }))));
  const rows = head.rows.slice(0, ROWS).map((row) => [...row]);
  return { ...advice, delimiter: head.delimiter, columns, labels: labelColumns(head), rows, size };
}

/** What a file is, told from its first lines: what a dialog shows before any of it is read. */
import { headFor, MOST_COLUMNS } from './mapped-csv.ts';
import { adviceFor, labelColumns } from './advice.ts';
import { guessColumn, type Guess } from './guess.ts';
import { firstLines, FORMATS } from './registry.ts';

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
}

const VALUES = 5;
const ROWS = 5;

/** @throws SondeError what `linesOf` throws */
export async function inspect(path: string, delimiter?: string): Promise<Inspected> {
  const lines = await firstLines(path);
  const format = FORMATS.find((each) => each.recognise(lines));
  if (format) return { format: { id: format.id, title: format.title } };
  const advice = adviceFor(lines, FORMATS);
  const head = headFor(lines, delimiter);
  if (!head || head.header.length > MOST_COLUMNS) return advice;
  const columns = head.header.map((name, at): InspectedColumn => {
    const values = head.rows.map((row) => row[at] ?? '');
    return { name, ...guessColumn(name, values), values: [...new Set(values)].slice(0, VALUES) };
  });
  const rows = head.rows.slice(0, ROWS).map((row) => [...row]);
  return { ...advice, delimiter: head.delimiter, columns, labels: labelColumns(head), rows };
}

/** What to say of a file that is of no known format. */
import { delimiterName, likelyHeads, oddDelimiter, type Head } from './csv.ts';
import { looksLikeLabel } from './guess.ts';
import { MOST_COLUMNS } from './mapped-csv.ts';
import type { Format, Lack, Table } from './types.ts';

const SHOWN = 8;
const LABELS_SHOWN = 10;

/** Without a reason it is like nothing that is known. */
export type Advice = Partial<Lack> & Pick<Lack, 'cure'>;

const quoted = (text: string): string => (/^[\w.-]+$/.test(text) ? text : `"${text}"`);

function valuesOf(rows: readonly (readonly string[])[], at: number): string[] {
  const counts = new Map<string, number>();
  for (const row of rows) counts.set(row[at] ?? '', (counts.get(row[at] ?? '') ?? 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1]).map(([value]) => value);
}

/** Columns that by their names may be the label, each with its values in these records, the most frequent first. */
export function labelColumns({ header, rows }: Head): { name: string; values: string[] }[] {
  return header.flatMap((name, at) => (looksLikeLabel(name) ? [{ name, values: valuesOf(rows, at) }] : []));
}

/** What the label column of any CSV says, for those who chose the wrong value. */
export function labelsSaid({ labels = [] }: Pick<Table, 'labels'>): string {
  const said = labels.slice(0, LABELS_SHOWN).map(({ value, count }) => `${value} (${count})`);
  return said.length === 0 ? '' : `The label says ${said.join(', ')}${labels.length > said.length ? ', …' : ''}. `;
}

const ADD_LABEL =
  'Add a column that says of each record whether it is an attack; or where one does, name it: --label COLUMN --positive VALUE.';

function undivided(lines: readonly string[]): Advice {
  const odd = oddDelimiter(lines);
  const none = 'its lines are not divided by commas, semicolons, tabs or bars';
  if (odd === undefined) return { why: none, cure: 'Give a table of records, a line each, divided by commas.' };
  const map = JSON.stringify({ delimiter: odd });
  const cure = `Divide it by commas; the command line also takes its delimiter in a map (${map}).`;
  return { why: `${none}, but, it seems, by ${delimiterName(odd)}`, cure };
}

/** @param formats of which it is none */
export function adviceFor(lines: readonly string[], formats: readonly Format[]): Advice {
  for (const format of formats) {
    const lack = format.lacks?.(lines);
    if (lack) return lack;
  }
  if (lines.find((line) => line.trim() !== '')?.startsWith('{')) {
    const cure = 'Give flows of Sonde or conn.log of Zeek, with labels; or write it as CSV.';
    return { why: 'it holds JSON, but neither flows of Sonde nor of Zeek', cure };
  }
  const [head] = likelyHeads(lines);
  if (!head) return undivided(lines);
  const { header, delimiter } = head;
  if (header.length > MOST_COLUMNS) {
    const why = `it has ${header.length.toLocaleString('en')} columns, and at most ${MOST_COLUMNS.toLocaleString('en')} are read`;
    return { why, cure: 'Leave out columns that say nothing.' };
  }
  const [label] = labelColumns(head);
  if (label) {
    const most = label.values.slice(0, SHOWN).map(quoted).join(', ');
    const more = label.values.length > SHOWN ? ', …' : '';
    const why = `its column ${label.name} may be the label (values: ${most}${more})`;
    return { why, cure: `Add --label ${quoted(label.name)} --positive VALUE, with the value that means an attack.` };
  }
  const names = header.slice(0, SHOWN).join(', ') + (header.length > SHOWN ? ` and ${header.length - SHOWN} more` : '');
  const why = `no label column is among its columns, divided by ${delimiterName(delimiter)} (${names})`;
  return { why, cure: ADD_LABEL };
}

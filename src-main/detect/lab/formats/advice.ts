/** What to say of a file that is of no known format. */
import { delimiterName, likelyHeads, type Head } from './csv.ts';
import { looksLikeLabel } from './guess.ts';
import { MOST_COLUMNS } from './mapped-csv.ts';
import type { Format, Lack } from './types.ts';

const SHOWN = 8;

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

/** @param formats of which it is none */
export function adviceFor(lines: readonly string[], formats: readonly Format[]): Advice {
  const titles = formats.map(({ title }) => title).join(', ');
  const readable = `What can be read: ${titles}, all with their labels; and any CSV with --label COLUMN --positive VALUE.`;
  for (const format of formats) {
    const lack = format.lacks?.(lines);
    if (lack) return lack;
  }
  if (lines.find((line) => line.trim() !== '')?.startsWith('{')) {
    return { why: 'it holds JSON, but neither flows of Sonde nor of Zeek', cure: readable };
  }
  const [head] = likelyHeads(lines);
  if (!head) return { cure: readable };
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
  return { why, cure: readable };
}

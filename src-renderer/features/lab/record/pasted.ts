/** A record as somebody has it at hand: JSON, a line of CSV under its header, or one in the order of the model's columns. */
import type { RecordColumn } from '../../../../src-shared/contract/topics/scoring.ts';
import type { Values } from './from-flow.ts';

export type Pasted = { values: Values; unused: string[] } | { fault: string };

const DELIMITERS = ['\t', ';', '|', ','];

function fieldsOf(line: string, delimiter: string): string[] {
  const out: string[] = [];
  let field = '';
  let quoted = false;
  for (let i = 0; i < line.length; i++) {
    const letter = line[i]!;
    if (quoted) {
      if (letter !== '"') field += letter;
      else if (line[i + 1] === '"') field += line[++i]!;
      else quoted = false;
    } else if (letter === '"' && field === '') quoted = true;
    else if (letter === delimiter) {
      out.push(field);
      field = '';
    } else field += letter;
  }
  return [...out, field].map((each) => each.trim());
}

function delimiterOf(line: string): string {
  return DELIMITERS.find((each) => line.includes(each)) ?? ',';
}

function named(pairs: readonly (readonly [string, unknown])[], columns: readonly RecordColumn[]): Pasted {
  const names = new Set(columns.map(({ name }) => name));
  const known = pairs.filter(([name]) => names.has(name));
  if (known.length === 0) {
    const some = columns.slice(0, 4).map(({ name }) => name);
    return { fault: `None of its columns is one of the model’s (${some.join(', ')}, …).` };
  }
  const plain = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));
  return {
    values: Object.fromEntries(
      known.flatMap(([name, value]) => (value === null || value === '' ? [] : [[name, plain(value)]])),
    ),
    unused: pairs.map(([name]) => name).filter((name) => !names.has(name)),
  };
}

function ofJson(text: string, columns: readonly RecordColumn[]): Pasted {
  try {
    const parsed: unknown = JSON.parse(text);
    const record: unknown = Array.isArray(parsed) ? parsed[0] : parsed;
    if (typeof record === 'object' && record !== null) return named(Object.entries(record), columns);
  } catch {
    // Said below.
  }
  return { fault: 'This is no JSON object: { "protocol": "tcp", … }.' };
}

export function readPasted(text: string, columns: readonly RecordColumn[]): Pasted {
  const plain = text.trim();
  if (plain === '') return { fault: 'Paste a line of CSV or a JSON object.' };
  if (plain.startsWith('{') || plain.startsWith('[')) return ofJson(plain, columns);
  const lines = plain.split(/\r?\n/).filter((line) => line.trim() !== '' && !/^#(?!fields\t)/.test(line));
  const first = (lines[0] ?? '').replace(/^#fields\t/, '');
  const delimiter = delimiterOf(first);
  const head = fieldsOf(first, delimiter);
  const names = new Set(columns.map(({ name }) => name));
  if (lines.length > 1 || head.some((name) => names.has(name))) {
    if (lines[1] === undefined) return { fault: 'Under the header there has to be a line with the values.' };
    const cells = fieldsOf(lines[1], delimiter);
    return named(
      head.map((name, i) => [name, cells[i] ?? '']),
      columns,
    );
  }
  if (head.length < columns.length) {
    const what = `A line without a header has to have the model’s ${columns.length} columns; this one has ${head.length}.`;
    return { fault: `${what} Put the header above it.` };
  }
  return named(
    columns.map(({ name }, i) => [name, head[i]!]),
    columns,
  );
}

/** Tables beside models: columns in a model's order, and rows kept in its file. */
import { SondeError } from '../../../src-shared/errors.ts';
import { arrayOf } from '../detectors/detector.ts';
import type { DetectorSnapshot } from '../types.ts';
import type { ColumnSpec, Table, TableColumn } from './formats/types.ts';

const SHOWN_MISSING = 12;

/** What a table must have of the columns a model needs; empty where nothing is missing. */
export function lackingOf(needed: readonly ColumnSpec[], given: readonly ColumnSpec[]): string[] {
  const kinds = new Map(given.map(({ name, kind }) => [name, kind]));
  return needed.flatMap(({ name, kind }) => {
    const found = kinds.get(name);
    if (found === undefined) return [name];
    return found === kind ? [] : [`${name} (${kind}, the file has it ${found})`];
  });
}

/** @throws SondeError `unknown-format` that names what is missing. */
export function demandColumns(needed: readonly ColumnSpec[], given: readonly ColumnSpec[], where: string): void {
  const lacking = lackingOf(needed, given);
  if (lacking.length === 0) return;
  const more = lacking.length > SHOWN_MISSING ? ` and ${lacking.length - SHOWN_MISSING} more` : '';
  throw new SondeError(
    'unknown-format',
    `${where}: lacks ${lacking.length} of the ${needed.length} columns that the model needs: ` +
      `${lacking.slice(0, SHOWN_MISSING).join(', ')}${more}`,
    where,
    'Name a file of the format that the model learned from, or a model that learned from such files.',
  );
}

function emptyColumn(spec: ColumnSpec, rows: number): TableColumn {
  return spec.kind === 'numeric'
    ? { spec, numbers: new Float32Array(rows).fill(NaN), codes: new Int32Array(0), words: [] }
    : { spec, numbers: new Float32Array(0), codes: new Int32Array(rows), words: [''] };
}

/** The table with its columns in a model's order; columns nobody learned from may be missing. */
export function aligned(table: Table, columns: readonly ColumnSpec[]): Table {
  const byName = new Map(table.columns.map((column) => [column.spec.name, column]));
  return {
    ...table,
    columns: columns.map((spec) => {
      const found = byName.get(spec.name);
      return found?.spec.kind === spec.kind ? found : emptyColumn(spec, table.rows);
    }),
  };
}

/** A table of these columns alone: no times, no hosts. */
export function bareTable(
  columns: readonly TableColumn[],
  rows: number,
  labels: Pick<Table, 'attack' | 'kind' | 'kinds'>,
): Table {
  const unknown = new Float64Array(rows).fill(NaN);
  return {
    format: '',
    files: [],
    sha256: '',
    columns,
    rows,
    ...labels,
    identity: unknown,
    time: unknown,
    group: unknown,
    source: unknown,
    skipped: [],
    skippedRows: 0,
  };
}

/** The rows named, without times and hosts; words that no row has are left out. */
export function takeTableRows(table: Table, rows: Int32Array): Table {
  const columns = table.columns.map((column): TableColumn => {
    if (column.spec.kind === 'numeric') {
      return { ...column, numbers: Float32Array.from(rows, (row) => column.numbers[row]!) };
    }
    const codeOf = new Map<number, number>();
    const words: string[] = [];
    const codes = Int32Array.from(rows, (row) => {
      const code = column.codes[row]!;
      const known = codeOf.get(code);
      if (known !== undefined) return known;
      codeOf.set(code, words.length);
      words.push(column.words[code]!);
      return words.length - 1;
    });
    return { ...column, codes, words };
  });
  return bareTable(columns, rows.length, {
    attack: Uint8Array.from(rows, (row) => table.attack[row]!),
    kind: Int32Array.from(rows, (row) => table.kind[row]!),
    kinds: table.kinds,
  });
}

/** The rows named, as a table of its own: what is said of the files is of all their rows. */
export function takeWholeRows(table: Table, rows: Int32Array): Table {
  const { columns, attack, kind } = takeTableRows(table, rows);
  const of = (values: Float64Array): Float64Array => Float64Array.from(rows, (row) => values[row]!);
  const { identity, time, group, source } = table;
  const own = { identity: of(identity), time: of(time), group: of(group), source: of(source) };
  return { ...table, ...own, columns, rows: rows.length, attack, kind };
}

/** Rows for a model file. */
export function saveTable(id: string, { columns, rows, attack, kind, kinds }: Table): DetectorSnapshot {
  const arrays: DetectorSnapshot['arrays'] = { attack: Uint8Array.from(attack), kind: Int32Array.from(kind) };
  for (const [i, { spec, numbers, codes }] of columns.entries()) {
    arrays[`column ${i}`] = spec.kind === 'numeric' ? numbers.slice() : codes.slice();
  }
  return { id, version: 1, head: { rows, kinds: [...kinds], words: columns.map(({ words }) => [...words]) }, arrays };
}

function wordsOf(value: unknown): string[] {
  if (Array.isArray(value) && value.every((word) => typeof word === 'string')) return value;
  throw new RangeError('a list of words is missing');
}

/** @throws RangeError when the rows do not fit the columns. */
export function loadTable(snapshot: DetectorSnapshot, specs: readonly ColumnSpec[]): Table {
  const { rows, kinds, words } = snapshot.head;
  if (typeof rows !== 'number' || !Array.isArray(words)) throw new RangeError(`${snapshot.id}: no rows`);
  const columns = specs.map((spec, i): TableColumn => {
    if (spec.kind === 'numeric') {
      const numbers = arrayOf(snapshot, `column ${i}`, Float32Array, rows);
      return { spec, numbers, codes: new Int32Array(0), words: [] };
    }
    const own = wordsOf(words[i]);
    const codes = arrayOf(snapshot, `column ${i}`, Int32Array, rows);
    if (codes.some((code) => own[code] === undefined)) throw new RangeError(`${snapshot.id}: a word is missing`);
    return { spec, numbers: new Float32Array(0), codes, words: own };
  });
  const known = wordsOf(kinds);
  const kind = arrayOf(snapshot, 'kind', Int32Array, rows);
  if (kind.some((code) => known[code] === undefined)) throw new RangeError(`${snapshot.id}: a kind is missing`);
  return bareTable(columns, rows, { attack: arrayOf(snapshot, 'attack', Uint8Array, rows), kind, kinds: known });
}

/** A value as it stands in the table: null where it is unset. */
export function valueAt({ spec, numbers, codes, words }: TableColumn, row: number): number | string | null {
  if (spec.kind === 'categorical') return words[codes[row]!] ?? null;
  const value = numbers[row]!;
  return Number.isNaN(value) ? null : value;
}

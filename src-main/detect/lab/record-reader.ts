/**
 * Records to be scored: of a format that evaluate reads, with their labels or without, or any table under a header that has
 * the columns a model needs.
 */
import { quotedCell } from '../../../src-shared/domain/csv.ts';
import { SondeError } from '../../../src-shared/errors.ts';
import { cellsOf, delimiterOf, wholeCells } from './delimited.ts';
import { cellReader, CSV_ID, headFor } from './formats/mapped-csv.ts';
import type { CsvMapping } from './formats/mapping.ts';
import { FORMATS } from './formats/registry.ts';
import {
  BadRecord,
  numberOf,
  type ColumnSpec,
  type Format,
  type LineReader,
  type ParsedRecord,
} from './formats/types.ts';
import { demandColumns, lackingOf } from './lab-table.ts';

/** Lines looked at to recognise a format, and records tried. */
const LOOK = 50;
const TAB = '\t';
const ZEEK_HEADER = '#fields\t';
/** What label columns are called, and what they say of an ordinary record. */
const LABELS = new Set(['label', 'is_anomaly']);
const ORDINARY = ['normal', 'BENIGN', 'Benign', '0', 'flow=From-Normal', 'flow=Normal'];
const APPENDED = ['label', 'Label', 'is_anomaly'];
const LONGEST_WORD = 256;

/** Columns of KDD records before their label; nothing stands above them. */
const HEADERLESS: Readonly<Record<string, { columns: number; rest: readonly string[]; ordinary: readonly string[] }>> =
  {
    'nsl-kdd': { columns: 41, rest: ['label', 'difficulty'], ordinary: ['normal', '0'] },
    kdd99: { columns: 41, rest: ['label'], ordinary: ['normal.'] },
  };

export interface RecordReader {
  format: string;
  columns: readonly ColumnSpec[];
  /** Names of the file's own columns. */
  header: readonly string[];
  /** undefined: a JSON object a line. */
  delimiter: string | undefined;
  /** The file's own columns of one record; undefined for a header, a comment or a blank line. @throws BadRecord */
  cells(text: string): string[] | undefined;
  /** `labelled`: the record's label is its own. @throws BadRecord */
  read(text: string, cells: readonly string[]): { record: ParsedRecord; labelled: boolean };
}

/** How the file stands, whatever its format. */
type Layout = Pick<RecordReader, 'header' | 'delimiter' | 'cells'> & {
  /** Lines above the records. */
  above: string[];
  /** The same records with labels that say ordinary. */
  neutral: { above: string[]; text(cells: readonly string[], value: string): string }[];
};

function jsonOf(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}

function jsonLayout(lines: readonly string[]): Layout {
  const names = new Set(lines.flatMap((line) => Object.keys(jsonOf(line) ?? {})));
  const header = [...names];
  return {
    header,
    delimiter: undefined,
    above: [],
    cells(text) {
      if (text.trim() === '') return undefined;
      const object = jsonOf(text);
      if (!object) throw new BadRecord('the line is no JSON object');
      return header.map((name) => {
        const value = Object.hasOwn(object, name) ? object[name] : '';
        return typeof value === 'string' ? value : JSON.stringify(value);
      });
    },
    neutral: [
      {
        above: [],
        text: (cells, value) => {
          const given = header.map((name, i): [string, string] => [name, cells[i]!]).filter(([, cell]) => cell !== '');
          return JSON.stringify(Object.fromEntries([...given, ['label', value]]));
        },
      },
    ],
  };
}

function joined(cells: readonly string[], delimiter: string): string {
  return cells
    .map((cell) => (cell.includes(delimiter) && !cell.includes('"') ? `"${cell}"` : quotedCell(cell)))
    .join(delimiter);
}

function headedLayout(lines: readonly string[], by?: string): Layout | undefined {
  const zeek = lines.find((line) => line.startsWith(ZEEK_HEADER));
  const first = zeek ?? lines.find((line) => line.trim() !== '' && !line.startsWith('#'));
  if (first === undefined) return undefined;
  const delimiter = zeek === undefined ? (by ?? delimiterOf(first)) : TAB;
  const header = cellsOf(first, delimiter)
    .slice(zeek === undefined ? 0 : 1)
    .map((name) => name.trim());
  const prefix = zeek === undefined ? [] : ['#fields'];
  const labelAt = header.findIndex((name) => LABELS.has(name.toLowerCase()));
  const withLabel = (name: string | undefined): Layout['neutral'][number] => ({
    above: [joined([...prefix, ...header, ...(name === undefined ? [] : [name])], delimiter)],
    text: (cells, value) => {
      const out = [...cells];
      if (name === undefined) out[labelAt] = value;
      else out.push(value);
      return joined(out, delimiter);
    },
  });
  let isHeaderSeen = false;
  return {
    header,
    delimiter,
    above: [first],
    cells(text) {
      if (text.trim() === '' || (text.startsWith('#') && (zeek !== undefined || !isHeaderSeen))) return undefined;
      if (zeek === undefined && !isHeaderSeen) {
        isHeaderSeen = true;
        return undefined;
      }
      const cells = wholeCells(text, delimiter);
      if (cells.length !== header.length) throw new BadRecord(`there are not ${header.length} fields`);
      return cells;
    },
    neutral: labelAt >= 0 ? [withLabel(undefined)] : APPENDED.map(withLabel),
  };
}

/** KDD's records, whose columns are known; of other formats without a header the columns are numbered. */
function headerlessLayout(format: Format, first: string, isLabelled: boolean): Layout {
  const known = HEADERLESS[format.id];
  const delimiter = known ? ',' : delimiterOf(first);
  const columns = known ? (format.recognise([kddSample(format.id)])?.columns ?? []) : [];
  const names = known
    ? [...columns.slice(0, known.columns).map(({ name }) => name), ...(isLabelled ? known.rest : [])]
    : cellsOf(first, delimiter).map((_, i) => `column_${i + 1}`);
  return {
    header: names,
    delimiter,
    above: [],
    cells(text) {
      if (text.trim() === '') return undefined;
      const cells = wholeCells(text, delimiter);
      if (cells.length !== names.length) throw new BadRecord(`there are not ${names.length} fields`);
      return cells;
    },
    neutral: known
      ? [{ above: [], text: (cells) => [...cells.slice(0, known.columns), ...known.ordinary].join(',') }]
      : [],
  };
}

/** A reader for records whose labels were made to say ordinary; undefined where the format cannot read them even so. */
function neutralReader(
  format: Format,
  layout: Layout,
  records: readonly string[][],
): { reader: LineReader; text(cells: readonly string[]): string } | undefined {
  for (const { above, text } of layout.neutral) {
    for (const value of ORDINARY) {
      const lines = [...above, ...records.map((cells) => text(cells, value))];
      const isGood = (reader: LineReader): boolean => lines.slice(above.length).some((line) => reads(reader, line));
      const probe = format.recognise(lines);
      if (!probe) continue;
      for (const line of above) reads(probe, line);
      if (!isGood(probe)) continue;
      const reader = format.recognise(lines)!;
      for (const line of above) reads(reader, line);
      return { reader, text: (cells) => text(cells, value) };
    }
  }
  return undefined;
}

function reads(reader: LineReader, line: string): boolean {
  try {
    const record = reader.read(line);
    return record !== undefined && !record.attack;
  } catch (error) {
    if (error instanceof BadRecord) return false;
    throw error;
  }
}

/** Whether the first line is a record already; of a conn.log, what stands above it names its columns. */
function isRecord(format: Format, lines: readonly string[], first: string): boolean {
  if (lines.some((line) => line.startsWith(ZEEK_HEADER))) return false;
  try {
    return format.recognise(lines)?.read(first) !== undefined;
  } catch (error) {
    if (error instanceof BadRecord) return false;
    throw error;
  }
}

/** Cells of the first records. */
function sampleOf(layout: Layout, lines: readonly string[]): string[][] {
  const out: string[][] = [];
  for (const line of lines) {
    try {
      const cells = layout.cells(line);
      if (cells) out.push(cells);
    } catch (error) {
      if (!(error instanceof BadRecord)) throw error;
    }
  }
  return out;
}

/** A reader of one format; undefined: the file is not of it, label or not. */
function ofFormat(format: Format, lines: readonly string[]): RecordReader | undefined {
  const labelled = format.recognise(lines);
  const first = lines.find((line) => line.trim() !== '' && !line.startsWith('#')) ?? '';
  const isJson = first.startsWith('{');
  const isHeaderless = HEADERLESS[format.id] !== undefined || (!isJson && isRecord(format, lines, first));
  const make = (): Layout | undefined => {
    if (isHeaderless) return headerlessLayout(format, first, labelled !== undefined);
    return isJson ? jsonLayout(lines) : headedLayout(lines);
  };
  const trial = make();
  const layout = make();
  if (!trial || !layout) return undefined;
  const neutral = neutralReader(format, layout, sampleOf(trial, lines));
  const reader = labelled ?? neutral?.reader;
  if (!reader) return undefined;
  if (labelled) for (const line of layout.above) reads(labelled, line);
  return {
    format: format.id,
    columns: reader.columns,
    header: layout.header,
    delimiter: layout.delimiter,
    cells: (text) => layout.cells(text),
    read(text, cells) {
      try {
        const record = labelled?.read(text);
        if (record) return { record, labelled: true };
      } catch (error) {
        if (!(error instanceof BadRecord) || !neutral) throw error;
      }
      const record = neutral?.reader.read(neutral.text(cells));
      if (!record) throw new BadRecord('it is no whole record');
      return { record, labelled: false };
    },
  };
}

/** A record of KDD, to know its columns by. */
function kddSample(id: string): string {
  const { ordinary } = HEADERLESS[id]!;
  return ['0', 'tcp', 'http', 'SF', ...new Array<string>(37).fill('0'), ...ordinary].join(',');
}

function plainValue(text: string, spec: ColumnSpec): number | string {
  const plain = text.trim();
  if (spec.kind === 'categorical') {
    if (plain.length > LONGEST_WORD) throw new BadRecord(`${spec.name} is not a word`);
    return plain;
  }
  if (spec.optional && (plain === '' || plain === '-')) return NaN;
  return numberOf(plain, { name: spec.name, kind: spec.kind, role: spec.role });
}

/** Any table under a header that has the columns. */
function plain(lines: readonly string[], needed: readonly ColumnSpec[]): RecordReader | undefined {
  const layout = headedLayout(lines);
  if (!layout) return undefined;
  const at = new Map(layout.header.map((name, i) => [name, i]));
  const columns = needed.filter(({ name }) => at.has(name));
  return {
    format: 'table',
    columns,
    header: layout.header,
    delimiter: layout.delimiter,
    cells: (text) => layout.cells(text),
    read(_, cells) {
      const values = columns.map((spec) => plainValue(cells[at.get(spec.name)!]!, spec));
      const record = { values, attack: false, kind: '', identity: '', time: NaN };
      return { record, labelled: false };
    },
  };
}

/** Any CSV as a mapping says, with its label or without. */
function mapped(
  lines: readonly string[],
  mapping: CsvMapping,
  columns: readonly ColumnSpec[],
): RecordReader | undefined {
  const head = headFor(lines, mapping.delimiter) ?? headFor(lines, undefined);
  const layout = head && headedLayout(lines, head.delimiter);
  if (!layout) return undefined;
  const reader = cellReader(head, mapping, columns);
  return {
    format: CSV_ID,
    columns: reader.columns,
    header: layout.header,
    delimiter: layout.delimiter,
    cells: (text) => layout.cells(text),
    read(_, cells) {
      const attack = reader.attack(cells);
      const record = { values: reader.values(cells), attack: attack ?? false, kind: '', identity: '', time: NaN };
      return { record, labelled: attack !== undefined };
    },
  };
}

function checkWanted(wanted: string | undefined, mapping: CsvMapping | undefined): void {
  if (wanted === undefined || FORMATS.some(({ id }) => id === wanted) || (wanted === CSV_ID && mapping)) return;
  const cure = `There is: ${[...FORMATS.map(({ id }) => id), CSV_ID].join(', ')}.`;
  const what = wanted === CSV_ID ? 'nothing says how it is read: add --label and --positive' : 'no such format';
  throw new SondeError('usage', `--format ${wanted}: ${what}`, '--format', cure);
}

/** What the model behind the reader has to say. */
export interface ReaderOptions {
  /** Columns the model cannot do without, and all it knows. */
  needed: readonly ColumnSpec[];
  columns: readonly ColumnSpec[];
  /** The format it learned from. */
  learned: string;
  wanted?: string | undefined;
  /** How any CSV is read; the file is then of no other format. */
  mapping?: CsvMapping | undefined;
}

/**
 * The reader for a file by its first lines: of the format the model learned from, of any other that has the columns it needs,
 * or of a plain table that has them.
 *
 * @throws SondeError `unknown-format` that names what is missing.
 */
export function recordReader(
  firstLines: readonly string[],
  path: string,
  { needed, columns, learned, wanted, mapping }: ReaderOptions,
): RecordReader {
  const lines = firstLines.slice(0, LOOK);
  checkWanted(wanted, mapping);
  if (mapping && (wanted === undefined || wanted === CSV_ID)) {
    const reader = mapped(lines, mapping, columns);
    demandColumns(needed, reader?.columns ?? [], path);
    return reader!;
  }
  const order = [...FORMATS].sort((a, b) => Number(b.id === learned) - Number(a.id === learned));
  let nearest: RecordReader | undefined;
  for (const format of order) {
    if (wanted !== undefined && format.id !== wanted) continue;
    const reader = ofFormat(format, lines);
    if (!reader) continue;
    if (lackingOf(needed, reader.columns).length === 0) return reader;
    nearest ??= reader;
  }
  const table = plain(lines, needed);
  if (table && lackingOf(needed, table.columns).length === 0) return table;
  demandColumns(needed, (nearest ?? table)?.columns ?? [], path);
  throw new SondeError('unknown-format', `${path}: of no format that is known`, path, 'Name a file of records.');
}

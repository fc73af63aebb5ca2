/** The formats, one line each, and reading of files of one of them. */
import { SondeError } from '../../../../src-shared/errors.ts';
import { adviceFor } from './advice.ts';
import { TableBuilder } from './builder.ts';
import { CICFLOWMETER } from './cicflowmeter.ts';
import { likelyHeads } from './csv.ts';
import { CTU13 } from './ctu13.ts';
import { KDD99, NSL_KDD } from './kdd.ts';
import { linesOf, type LineSource } from './lines.ts';
import { CSV_ID, mappedReader, MOST_COLUMNS } from './mapped-csv.ts';
import type { CsvMapping } from './mapping.ts';
import { SEVEN_FIELDS } from './seven-fields.ts';
import { SONDE_FEATURES } from './sonde-features.ts';
import { SONDE_FLOWS } from './sonde-flows.ts';
import {
  BadRecord,
  NeverClosed,
  type ColumnSpec,
  type Format,
  type LeftOut,
  type LineReader,
  type Table,
} from './types.ts';
import { UNSW_NB15_RAW } from './unsw-nb15-raw.ts';
import { UNSW_NB15 } from './unsw-nb15.ts';
import { ZEEK_CONN } from './zeek-conn.ts';

export const FORMATS: readonly Format[] = [
  NSL_KDD,
  KDD99,
  SONDE_FLOWS,
  SONDE_FEATURES,
  ZEEK_CONN,
  UNSW_NB15,
  UNSW_NB15_RAW,
  CICFLOWMETER,
  CTU13,
  SEVEN_FIELDS,
];
/** What can be asked for by name. */
export const FORMAT_IDS: readonly string[] = [...FORMATS.map(({ id }) => id), CSV_ID];

/** Lines looked at to recognise a format, and to tell what the columns of any CSV are. */
const LOOK = 2000;
const LOOK_CHARACTERS = 1 << 21;
const SHOWN_REASONS = 3;

export interface ReadProgress {
  path: string;
  /** Bytes of the file on disk. */
  bytesRead: number;
  bytesTotal: number;
  /** Good records of this file and those before it. */
  rows: number;
}

export interface ReadOptions {
  /** Reads any CSV. */
  mapping?: CsvMapping;
  /** Columns of a table that this one will stand beside: any CSV is read with the same types. */
  like?: readonly ColumnSpec[];
  /** After each portion of a file. */
  onProgress?: (progress: ReadProgress) => void;
  /** Asked after each portion. */
  signal?: AbortSignal;
}

/** What the files that were read so far say of the next. */
interface State {
  format: string | undefined;
  builder: TableBuilder | undefined;
  last: LineReader | undefined;
  /** By name. */
  leftOut: Map<string, LeftOut>;
}

function recognise(first: readonly string[], path: string, wanted: string | undefined): [string, LineReader] {
  const candidates = FORMATS.filter(({ id }) => wanted === undefined || id === wanted);
  for (const format of candidates) {
    const reader = format.recognise(first);
    if (reader) return [format.id, reader];
  }
  const { why, cure } = adviceFor(first, candidates);
  const what = wanted === undefined ? 'of no format that is known' : `not of the format ${wanted}`;
  throw new SondeError('unknown-format', `${path}: ${what}${why === undefined ? '' : `: ${why}`}`, path, cure);
}

function readerFor(
  first: readonly string[],
  path: string,
  wanted: string | undefined,
  state: State,
  options: ReadOptions,
): [string, LineReader] {
  const { mapping, like } = options;
  if (!mapping) return recognise(first, path, wanted ?? state.format);
  const width = likelyHeads(first)[0]?.header.length ?? 0;
  if (width > MOST_COLUMNS) return recognise(first, path, undefined);
  return [CSV_ID, mappedReader(first, path, mapping, state.builder?.columns ?? like)];
}

/** Where each of `columns` stands among `of`; undefined: in the same order. @throws SondeError where one is missing */
function orderOf(columns: readonly ColumnSpec[], of: readonly ColumnSpec[], path: string): number[] | undefined {
  if (columns.length === of.length && columns.every(({ name }, i) => of[i]!.name === name)) return undefined;
  return columns.map(({ name, kind }) => {
    const at = of.findIndex((each) => each.name === name && each.kind === kind);
    if (at >= 0) return at;
    const cure = 'Give files with the same columns, or one at a time.';
    throw new SondeError('unknown-format', `${path}: has no column ${name}, as the file before it has`, path, cure);
  });
}

function noteLeftOut({ builder, leftOut }: State, reader: LineReader): void {
  for (const each of reader.leftOut ?? []) leftOut.set(each.name, each);
  const known = new Set(builder!.columns.map(({ name }) => name));
  for (const { name } of reader.columns) {
    if (!known.has(name)) leftOut.set(name, { name, why: 'the file before has no such column' });
  }
}

async function readInto(path: string, wanted: string | undefined, state: State, options: ReadOptions): Promise<string> {
  const source = linesOf(path);
  let reader: LineReader | undefined;
  let order: number[] | undefined;
  let number = 0;
  for await (const lines of portionsOf(source)) {
    if (!reader) {
      [state.format, reader] = readerFor(lines.slice(0, LOOK), path, wanted, state, options);
      state.builder ??= new TableBuilder(reader.columns);
      order = orderOf(state.builder.columns, reader.columns, path);
      noteLeftOut(state, reader);
      state.last = reader;
    }
    const builder = state.builder!;
    for (const line of lines) {
      number++;
      try {
        const record = reader.read(line, number);
        if (!record) continue;
        const ordered = order ? { ...record, values: order.map((at) => record.values[at]!) } : record;
        builder.add(ordered, path, number);
      } catch (error) {
        if (!(error instanceof BadRecord)) throw neverClosed(error, path);
        builder.skip(error.message, number);
      }
    }
    if (options.signal?.aborted) throw new SondeError('cancelled', `${path}: reading was cancelled`, path, '');
    options.onProgress?.({ path, ...source.progress(), rows: builder.rows });
  }
  try {
    reader?.end?.();
  } catch (error) {
    throw neverClosed(error, path);
  }
  return source.sha256();
}

/** As many lines as it takes to recognise a format, and what the file is that they begin. */
export interface Beginning {
  lines: string[];
  gzip: boolean;
  /** As it lies on disk. */
  bytes: number;
}

/** @throws SondeError what `linesOf` throws */
export async function beginningOf(path: string): Promise<Beginning> {
  const source = linesOf(path);
  let first: string[] = [];
  for await (const lines of portionsOf(source)) {
    first = lines.slice(0, LOOK);
    break;
  }
  return { lines: first, gzip: source.gzip(), bytes: source.progress().bytesTotal };
}

/** The portions of a file, the first with enough lines to recognise a format by. */
async function* portionsOf(source: LineSource): AsyncGenerator<string[]> {
  let first: string[] | undefined = [];
  let length = 0;
  for await (const lines of source.portions()) {
    if (!first) yield lines;
    else {
      for (const line of lines) {
        first.push(line);
        length += line.length;
      }
      if (first.length < LOOK && length < LOOK_CHARACTERS) continue;
      yield first;
      first = undefined;
    }
  }
  if (first && first.length > 0) yield first;
}

function neverClosed(error: unknown, path: string): unknown {
  if (!(error instanceof NeverClosed)) return error;
  const cure = 'Close it, or leave quotes out; a quote inside a quoted field is doubled.';
  return new SondeError('read-failed', `${path}: ${error.message}`, path, cure);
}

function checkWanted(wanted: string | undefined, mapping: CsvMapping | undefined): void {
  if (wanted === undefined) return;
  if (!FORMAT_IDS.includes(wanted)) {
    throw new SondeError(
      'usage',
      `--format ${wanted}: no such format`,
      '--format',
      `There is: ${FORMAT_IDS.join(', ')}.`,
    );
  }
  if (wanted === CSV_ID && !mapping) {
    const cure = 'Add --label COLUMN --positive VALUE.';
    throw new SondeError('usage', `--format ${CSV_ID}: nothing says which records are attacks`, '--format', cure);
  }
  if (wanted !== CSV_ID && mapping) {
    const cure = `Leave --format out, or write --format ${CSV_ID}.`;
    throw new SondeError('usage', `--format ${wanted} says itself where its labels are`, '--label', cure);
  }
}

/**
 * Reads files of one format as one table, in the order given. Bad records are left out and counted by reason.
 *
 * @throws SondeError `usage`, `unknown-format`, `too-little-data` when no record is good, `cancelled`,
 *   and what `linesOf` throws.
 */
export async function readTable(files: readonly string[], wanted?: string, options: ReadOptions = {}): Promise<Table> {
  checkWanted(wanted, options.mapping);
  const state: State = { format: undefined, builder: undefined, last: undefined, leftOut: new Map() };
  const hashes: string[] = [];
  for (const path of files) hashes.push(await readInto(path, wanted, state, options));
  const { labels } = state.last!;
  const table = state.builder!.finish(state.format!, files, hashes, {
    leftOut: [...state.leftOut.values()],
    ...(labels && { labels: labels() }),
  });
  if (table.rows === 0) {
    const shown = table.skipped.slice(0, SHOWN_REASONS);
    const reasons = shown.map(({ reason, lines }) => `line ${lines[0]}: ${reason}`).join('; ');
    const what = `${files.join(', ')}: holds no good record${reasons === '' ? '' : ` (${reasons})`}`;
    throw new SondeError('too-little-data', what, files[0]!, 'Name a file with labelled records.');
  }
  return table;
}

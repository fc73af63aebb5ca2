/** The files of a comparison, read and divided. */
import { basename } from 'node:path';
import { SondeError } from '../../../src-shared/errors.ts';
import { shareFeatures, type SharedFeatures } from './cross-data.ts';
import type { CsvMapping } from './formats/mapping.ts';
import { CSV_ID } from './formats/mapped-csv.ts';
import { readTable, type ReadOptions, type ReadProgress } from './formats/registry.ts';
import type { Skipped, Table, TableColumn } from './formats/types.ts';
import { allRows, divide, swappedFiles, type Split, type Warning } from './split.ts';

export interface LoadOptions {
  train: readonly string[];
  /** Empty: the training file is divided by `split`. */
  test: readonly string[];
  format?: string;
  /** Reads any CSV. */
  mapping?: CsvMapping;
  split: Split;
  seed: number;
  keepShortcuts?: boolean;
  onProgress?: (what: string) => void;
  /** After each portion of a file. */
  onRead?: (progress: ReadProgress) => void;
}

export interface Loaded {
  train: Table;
  trainRows: Int32Array;
  test: Table;
  testRows: Int32Array;
  /** Where they are of different formats. */
  shared?: SharedFeatures;
}

const MEBIBYTE = 2 ** 20;
/** Smaller files are read before anybody looks. */
const SLOW_BYTES = 32 * MEBIBYTE;
const STEP = 0.05;
const SHOWN = 8;

/** Formats whose columns of the same name hold the same in the same unit. */
const FAMILIES: readonly (readonly string[])[] = [
  ['zeek-conn', 'sonde-flows'],
  ['unsw-nb15', 'unsw-nb15-raw'],
];

/** Says of a large file every so often how much of it was read. */
function byteTeller(onProgress: (what: string) => void): (progress: ReadProgress) => void {
  let path = '';
  let next = 0;
  return (progress) => {
    if (progress.path !== path) [path, next] = [progress.path, STEP];
    const share = progress.bytesRead / progress.bytesTotal;
    if (progress.bytesTotal < SLOW_BYTES || share < next) return;
    next = share + STEP;
    const mebibytes = (bytes: number): string => Math.round(bytes / MEBIBYTE).toLocaleString('en');
    const bytes = `${mebibytes(progress.bytesRead)} of ${mebibytes(progress.bytesTotal)} MiB`;
    const rows = progress.rows.toLocaleString('en');
    onProgress(`reading ${path}: ${Math.floor(share * 100)} % (${bytes}, ${rows} records)`);
  };
}

function readOptions({ mapping, onProgress, onRead }: LoadOptions): ReadOptions {
  const tell = onProgress && byteTeller(onProgress);
  return {
    ...(mapping && { mapping }),
    onProgress: (progress) => {
      tell?.(progress);
      onRead?.(progress);
    },
  };
}

const list = (names: readonly string[]): string =>
  names.slice(0, SHOWN).join(', ') + (names.length > SHOWN ? ` and ${names.length - SHOWN} more` : '');

function areOneFamily(a: Table, b: Table): boolean {
  return a.format === b.format || FAMILIES.some((family) => family.includes(a.format) && family.includes(b.format));
}

/** Both with the columns that both have, in the same order. @throws SondeError where there are none */
export function sharedColumns(train: Table, test: Table, warnings: Warning[]): [Table, Table] {
  const found = train.columns.map((column) =>
    test.columns.find(({ spec }) => spec.name === column.spec.name && spec.kind === column.spec.kind),
  );
  const kept = train.columns.filter((_, i) => found[i]);
  if (!kept.some(({ spec }) => spec.role === 'feature')) {
    const what = `${test.files[0]}: shares no column to learn from with ${train.files[0]}`;
    throw new SondeError(
      'unknown-format',
      what,
      test.files[0]!,
      'Name test data with the columns of the training data.',
    );
  }
  const names = new Set(kept.map(({ spec }) => spec.name));
  const only = (table: Table): string[] =>
    table.columns.map(({ spec }) => spec.name).filter((name) => !names.has(name));
  if (kept.length < train.columns.length || kept.length < test.columns.length) {
    const parts = [
      ...(only(train).length > 0 ? [`only in the training data: ${list(only(train))}`] : []),
      ...(only(test).length > 0 ? [`only in the test data: ${list(only(test))}`] : []),
    ];
    warnings.push({ code: 'columns-not-shared', message: `left out are columns that stand ${parts.join('; ')}` });
  }
  return [
    { ...train, columns: kept },
    { ...test, columns: found.filter((column) => column !== undefined) },
  ];
}

function notesOf(notes: readonly Skipped[], table: Table): Warning[] {
  if (notes.length === 0) return [];
  const shown = notes.slice(0, SHOWN).map(({ reason, count, lines }) => {
    const where = count === 1 ? `line ${lines[0]}` : `${count.toLocaleString('en')} records, first line ${lines[0]}`;
    return `${reason} (${where})`;
  });
  const more = notes.length > SHOWN ? `; and ${notes.length - SHOWN} more` : '';
  return [{ code: 'read-as-unset', message: `${basename(table.files[0]!)}: ${shown.join('; ')}${more}` }];
}

/** CICFlowMeter wrote hours of a 12-hour clock without AM and PM: no flow is then of 13 to 0 o'clock, and some before 8. */
function hasHalfDays(table: Table): boolean {
  if (table.format !== 'cicflowmeter') return false;
  const seen = new Set<number>();
  for (const time of table.time) seen.add(Math.floor(time / 3600) % 24);
  const hours = [...seen];
  return (
    hours.every((hour) => hour > 0 && hour < 13) && hours.some((hour) => hour < 8) && hours.some((hour) => hour > 7)
  );
}

/** What of a table its reader had to decide. */
export function tableWarnings(table: Table, keepShortcuts: boolean): Warning[] {
  const warnings = notesOf(table.notes ?? [], table);
  const name = basename(table.files[0]!);
  if (hasHalfDays(table)) {
    const message = `${name}: its times seem to be of a 12-hour clock without AM and PM: afternoons count as nights`;
    warnings.push({ code: 'half-days', message });
  }
  const leftOut = table.leftOut ?? [];
  if (leftOut.length > 0) {
    const which = list(leftOut.map((each) => `${each.name} (${each.why})`));
    warnings.push({ code: 'columns-left-out', message: `${name}: columns left out: ${which}` });
  }
  const apart = table.columns.filter((column) => !isLearned(column, keepShortcuts)).map(({ spec }) => spec.name);
  if (table.format === CSV_ID && apart.length > 0) {
    const message = `${name}: taken for addresses, ports, times or ids, and not learned from: ${list(apart)}`;
    warnings.push({ code: 'columns-guessed', message: `${message}; --map says otherwise` });
  }
  return warnings;
}

function isLearned({ spec }: TableColumn, keepShortcuts: boolean): boolean {
  return spec.role === 'feature' || (keepShortcuts && spec.role === 'shortcut');
}

function demandFeatures({ columns, files }: Table, keepShortcuts: boolean): void {
  if (columns.some((column) => isLearned(column, keepShortcuts))) return;
  const names = list(columns.map(({ spec }) => spec.name));
  const what = `${files[0]}: no column is left to learn from but addresses, ports, times and ids (${names})`;
  throw new SondeError('unknown-format', what, files[0]!, 'Say in a map (--map FILE) which columns are features.');
}

/** @throws SondeError what reading throws, `unknown-format` where training and test data are of different kinds. */
export async function load(options: LoadOptions, warnings: Warning[]): Promise<Loaded> {
  const { format, onProgress, split, keepShortcuts = false } = options;
  const reading = readOptions(options);
  onProgress?.(`reading ${options.train.join(', ')}`);
  const train = await readTable(options.train, format, reading);
  demandFeatures(train, keepShortcuts);
  warnings.push(...tableWarnings(train, keepShortcuts));
  if (options.test.length === 0) {
    const { train: trainRows, test: testRows } = divide(train, split, options.seed, warnings);
    return { train, trainRows, test: train, testRows };
  }
  if (split !== 'official') {
    const message = `a test file was given: it judges, and --split ${split} says nothing`;
    if (split === 'random') warnings.push({ code: 'split-ignored', message });
  }
  onProgress?.(`reading ${options.test.join(', ')}`);
  const like = train.columns.map(({ spec }) => spec);
  const test = await readTable(options.test, format, { ...reading, like });
  warnings.push(
    ...tableWarnings(test, keepShortcuts).filter(({ message }) => !warnings.some((one) => one.message === message)),
  );
  if (train.sha256 === test.sha256) {
    warnings.push({ code: 'same-file', message: 'the test file is the training file: the figures mean nothing' });
  }
  const swapped = swappedFiles(train, test);
  if (swapped) warnings.push(swapped);
  const rows = { trainRows: allRows(train.rows), testRows: allRows(test.rows) };
  if (!areOneFamily(train, test)) {
    const [learned, judging, shared] = shareFeatures(train, test, warnings);
    return { train: learned, test: judging, shared, ...rows };
  }
  const [learned, judging] = sharedColumns(train, test, warnings);
  return { train: learned, test: judging, ...rows };
}

/** Labelled records of other people's data sets, as columns. */

/**
 * 'feature': what a model may learn from. 'shortcut': an address, port, time or direction by which one network is learned
 * by heart; left out unless asked for. 'id': names one record; compared for duplicates, never learned from.
 */
export type ColumnRole = 'feature' | 'shortcut' | 'id';

export interface ColumnSpec {
  name: string;
  kind: 'numeric' | 'categorical';
  role: ColumnRole;
  /** Smallest and greatest value the format allows; a record outside is refused. */
  range?: readonly [number, number];
  /** May be unset in the file: NaN in the table. */
  optional?: boolean;
  /** Says which host opened the flow, or which answered: the host graph is made of these, never a feature. */
  end?: 'source' | 'target';
}

export interface TableColumn {
  spec: ColumnSpec;
  /** Numeric: one a row. */
  numbers: Float32Array;
  /** Categorical: index into `words`, one a row. */
  codes: Int32Array;
  words: readonly string[];
}

/** Why records were left out, with the lines of the first few. */
export interface Skipped {
  reason: string;
  count: number;
  lines: number[];
}

export interface Table {
  format: string;
  files: readonly string[];
  /** Hex SHA-256 of the files' bytes, in the order given. */
  sha256: string;
  /** Of each file, where there are several. */
  fileSha256?: readonly string[];
  columns: readonly TableColumn[];
  rows: number;
  /** 1: an attack. */
  attack: Uint8Array;
  /** Index into `kinds`; kind 0 is 'normal'. */
  kind: Int32Array;
  kinds: readonly string[];
  /** 53-bit hash of the whole record without its label: equal for records that stand there twice. */
  identity: Float64Array;
  /** Seconds since 1970, NaN where the format has no time. */
  time: Float64Array;
  /** Hash of what belongs together (host, day), NaN where the format has nothing of the kind. */
  group: Float64Array;
  /** Hash of the host that opened it, NaN where the format does not say. */
  source: Float64Array;
  skipped: readonly Skipped[];
  skippedRows: number;
  /** What good records hold that no model can learn from (an infinity, a blank): read as unset, and counted. */
  notes?: readonly Skipped[];
  /** Columns of the files that are neither learned from nor compared, each with the reason. */
  leftOut?: readonly LeftOut[];
  /** What the label column of any CSV says, the most frequent first. */
  labels?: readonly { value: string; count: number }[];
}

export interface LeftOut {
  name: string;
  why: string;
}

/** One record of a file, read by its format. */
export interface ParsedRecord {
  /** In the order of the columns: numbers of numeric ones, words of categorical ones. */
  values: readonly (number | string)[];
  attack: boolean;
  /** Name of the attack; ignored where `attack` is false. */
  kind: string;
  /** The record without its label, or the 53-bit hash of it. */
  identity: string | number;
  time: number;
  /** undefined: the format has no groups. */
  group?: string;
  /** The host that opened it; undefined: the format does not say. */
  source?: string;
  /** What of it was read as unset. */
  notes?: readonly string[];
}

/** Reads lines of one file. */
export interface LineReader {
  columns: readonly ColumnSpec[];
  leftOut?: readonly LeftOut[];
  /**
   * A record; undefined for a line without one (header, comment) or with a part of one (a quoted field that goes on).
   *
   * @throws BadRecord, NeverClosed
   */
  read(line: string, number?: number): ParsedRecord | undefined;
  /** After the last line. @throws NeverClosed */
  end?(): void;
  /** What the label column said, by frequency. */
  labels?(): { value: string; count: number }[];
}

/**
 * A line that is no record of its format: counted and left out. Without a stack, which would cost more than reading the
 * line: in some files most lines are such.
 */
export class BadRecord extends Error {
  constructor(reason: string) {
    const limit = Error.stackTraceLimit;
    Error.stackTraceLimit = 0;
    super(reason);
    Error.stackTraceLimit = limit;
  }
}

/** A quoted field that goes on beyond all measure: what follows cannot be told from it. */
export class NeverClosed extends Error {
  readonly line: number;

  constructor(line: number) {
    super(`the quote that opens in line ${line} never closes`);
    this.line = line;
  }
}

export interface Format {
  id: string;
  title: string;
  /** A reader when the first lines of a file are of this format, else undefined. */
  recognise(firstLines: readonly string[]): LineReader | undefined;
  /** What a file lacks that is nearly of this format; undefined: it is not even near. */
  lacks?(firstLines: readonly string[]): Lack | undefined;
}

export interface Lack {
  why: string;
  cure: string;
}

/** Beyond it a number is no longer one in the table's 32 bits. */
const GREATEST = 3.4e38;

const ZERO = 48;
const POINT = 46;
/** Digits that a double holds exactly. */
const EXACT = 15;
const TENS = Array.from({ length: EXACT + 1 }, (_, i) => 10 ** i);

/** Of digits with at most one point: the double nearest to it, as `Number` gives it, in a third of the time; else NaN. */
function plainDecimal(text: string): number {
  const { length } = text;
  if (length === 0 || length > EXACT) return NaN;
  let whole = 0;
  let point = -1;
  for (let i = 0; i < length; i++) {
    const digit = text.charCodeAt(i) - ZERO;
    if (digit >= 0 && digit <= 9) whole = whole * 10 + digit;
    else if (digit === POINT - ZERO && point < 0 && length > 1) point = i;
    else return NaN;
  }
  return point < 0 ? whole : whole / TENS[length - 1 - point]!;
}

const NINE = 57;
const UPPER_E = 69;
const LOWER_E = 101;

/** `Number` takes 0x10, 0b10 and 0o10 too. */
function hasBase(text: string): boolean {
  const second = text.charCodeAt(1);
  return text.charCodeAt(0) === ZERO && second > NINE && second !== UPPER_E && second !== LOWER_E;
}

function plainNumber(text: string): number {
  const value = plainDecimal(text);
  if (value === value) return value;
  const bare = text.trim();
  return bare === '' || hasBase(bare) ? NaN : Number(bare);
}

/** A number of a text field. @throws BadRecord when it is none, or outside the column's range. */
export function numberOf(text: string, spec: ColumnSpec): number {
  const value = plainNumber(text);
  if (!(value >= -GREATEST && value <= GREATEST)) throw new BadRecord(`${spec.name} is not a number`);
  const { range } = spec;
  if (range && !(value >= range[0] && value <= range[1])) {
    throw new BadRecord(`${spec.name} is not from ${range[0]} to ${range[1]}`);
  }
  return value;
}

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
}

/** One record of a file, read by its format. */
export interface ParsedRecord {
  /** In the order of the columns: numbers of numeric ones, words of categorical ones. */
  values: readonly (number | string)[];
  attack: boolean;
  /** Name of the attack; ignored where `attack` is false. */
  kind: string;
  /** The record without its label. */
  identity: string;
  time: number;
  /** undefined: the format has no groups. */
  group?: string;
  /** The host that opened it; undefined: the format does not say. */
  source?: string;
}

/** Reads lines of one file. */
export interface LineReader {
  columns: readonly ColumnSpec[];
  /** A record, undefined for a line without one (header, comment). @throws BadRecord */
  read(line: string): ParsedRecord | undefined;
}

/** A line that is no record of its format: counted and left out. */
export class BadRecord extends Error {}

export interface Format {
  id: string;
  title: string;
  /** A reader when the first lines of a file are of this format, else undefined. */
  recognise(firstLines: readonly string[]): LineReader | undefined;
}

/** A number of a text field. @throws BadRecord when it is none, or outside the column's range. */
export function numberOf(text: string, spec: ColumnSpec): number {
  const value = text.trim() === '' ? NaN : Number(text);
  if (!Number.isFinite(value)) throw new BadRecord(`${spec.name} is not a number`);
  const { range } = spec;
  if (range && !(value >= range[0] && value <= range[1])) {
    throw new BadRecord(`${spec.name} is not from ${range[0]} to ${range[1]}`);
  }
  return value;
}

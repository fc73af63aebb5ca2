/** Records to columns that grow. */
import { createHash } from 'node:crypto';
import { SondeError } from '../../../../src-shared/errors.ts';
import { GrowingColumn } from './growing.ts';
import type { ColumnSpec, LeftOut, ParsedRecord, Skipped, Table, TableColumn } from './types.ts';

/** A table holds at most so many rows, and at most so many bytes (4 for each cell, 41 for each row): what comes first. */
export const MOST_ROWS = 10_000_000;
export const MOST_BYTES = 3 * 2 ** 30;
const CELL_BYTES = 4;
const ROW_BYTES = 41;
/** Words of a column that are told apart; the rest are one. */
const MOST_WORDS = 20_000;
const OTHER_WORD = '(other)';
const MOST_REASONS = 50;
const LINES_SHOWN = 5;

/** Rows of so many columns that a table can hold. */
export function mostRows(columns: number): number {
  return Math.min(MOST_ROWS, Math.floor(MOST_BYTES / (columns * CELL_BYTES + ROW_BYTES)));
}

/** 53-bit hash of texts as if they were joined by commas (cyrb53's construction: two 32-bit multiplicative hashes). */
export function hashFields(fields: readonly string[], which: readonly number[]): number {
  let a = 0xdeadbeef;
  let b = 0x41c6ce57;
  for (let k = 0; k < which.length; k++) {
    const text = fields[which[k]!]!;
    for (let i = 0; i < text.length; i++) {
      const c = text.charCodeAt(i);
      a = Math.imul(a ^ c, 2654435761);
      b = Math.imul(b ^ c, 1597334677);
    }
    if (k === which.length - 1) break;
    a = Math.imul(a ^ COMMA, 2654435761);
    b = Math.imul(b ^ COMMA, 1597334677);
  }
  a = Math.imul(a ^ (a >>> 16), 2246822507) ^ Math.imul(b ^ (b >>> 13), 3266489909);
  b = Math.imul(b ^ (b >>> 16), 2246822507) ^ Math.imul(a ^ (a >>> 13), 3266489909);
  return 4294967296 * (2097151 & b) + (a >>> 0);
}

const COMMA = 44;
const ONLY = [0];

export function hashText(text: string): number {
  return hashFields([text], ONLY);
}

class WordList {
  readonly words: string[] = [];
  private readonly byWord = new Map<string, number>();

  codeOf(word: string): number {
    const known = this.byWord.get(word);
    if (known !== undefined) return known;
    const kept = this.words.length < MOST_WORDS ? copyOf(word) : OTHER_WORD;
    if (kept !== word) return this.codeOf(OTHER_WORD);
    const code = this.words.length;
    this.words.push(kept);
    this.byWord.set(kept, code);
    return code;
  }
}

/** A word cut from a line would keep the whole portion of the file in memory. */
function copyOf(word: string): string {
  return Buffer.from(word, 'utf8').toString('utf8');
}

/** Reasons that are too many to be told one by one. */
const OTHERS = 'other reasons';

/** Reasons with how often and where. */
export class Tally {
  private readonly found = new Map<string, Skipped>();

  add(reason: string, line: number): void {
    const known = this.found.get(reason);
    if (known) {
      known.count++;
      if (known.lines.length < LINES_SHOWN) known.lines.push(line);
    } else if (this.found.size < MOST_REASONS || reason === OTHERS)
      this.found.set(reason, { reason, count: 1, lines: [line] });
    else this.add(OTHERS, line);
  }

  all(): Skipped[] {
    return [...this.found.values()].sort((a, b) => b.count - a.count);
  }
}

const floats = (length: number): Float32Array => new Float32Array(length);
const doubles = (length: number): Float64Array => new Float64Array(length);
const integers = (length: number): Int32Array => new Int32Array(length);

/** What is known of a table besides its records. */
export interface Finish {
  leftOut?: readonly LeftOut[];
  labels?: NonNullable<Table['labels']>;
}

export class TableBuilder {
  readonly columns: readonly ColumnSpec[];
  rows = 0;
  private readonly most: number;
  private readonly numbers: GrowingColumn<Float32Array>[];
  private readonly codes: GrowingColumn<Int32Array>[];
  private readonly words: WordList[];
  private readonly unset: Uint8Array;
  private readonly attack = new GrowingColumn((length) => new Uint8Array(length));
  private readonly kind = new GrowingColumn(integers);
  private readonly identity = new GrowingColumn(doubles);
  private readonly time = new GrowingColumn(doubles);
  private readonly group = new GrowingColumn(doubles);
  private readonly source = new GrowingColumn(doubles);
  private readonly kinds = new WordList();
  private readonly skipped = new Tally();
  private readonly notes = new Tally();

  constructor(columns: readonly ColumnSpec[], most = mostRows(columns.length)) {
    this.columns = columns;
    this.most = most;
    this.numbers = columns.map(() => new GrowingColumn(floats));
    this.codes = columns.map(() => new GrowingColumn(integers));
    this.words = columns.map(() => new WordList());
    this.unset = new Uint8Array(columns.length);
    this.kinds.codeOf('normal');
  }

  /** @throws SondeError `read-failed` beyond what a table holds (`mostRows`). */
  add(record: ParsedRecord, path: string, line = 0): void {
    if (this.rows === this.most) {
      const what = `${path}: more than ${this.most.toLocaleString('en')} records of ${this.columns.length} columns`;
      throw new SondeError('read-failed', what, path, 'Divide the file and give a part of it.');
    }
    const row = this.rows++;
    const { values } = record;
    for (let i = 0; i < values.length; i++) {
      const value = values[i]!;
      if (typeof value === 'number') {
        this.numbers[i]!.set(row, value);
        if (value !== value) this.unset[i] = 1;
      } else this.codes[i]!.set(row, this.words[i]!.codeOf(value));
    }
    this.attack.set(row, record.attack ? 1 : 0);
    this.kind.set(row, record.attack ? this.kinds.codeOf(record.kind) : 0);
    this.identity.set(row, typeof record.identity === 'number' ? record.identity : hashText(record.identity));
    this.time.set(row, record.time);
    this.source.set(row, record.source === undefined ? NaN : hashText(record.source));
    this.group.set(row, record.group === undefined ? NaN : hashText(record.group));
    if (record.notes) for (const note of record.notes) this.notes.add(note, line);
  }

  /** Counts a line that was left out. */
  skip(reason: string, line: number): void {
    this.skipped.add(reason, line);
  }

  /** The table; the builder is empty afterwards. */
  finish(format: string, files: readonly string[], hashes: readonly string[], more: Finish = {}): Table {
    const n = this.rows;
    const columns = this.columns.map((spec, i): TableColumn => {
      const isNumeric = spec.kind === 'numeric';
      return {
        spec: this.unset[i] === 1 && !spec.optional ? { ...spec, optional: true } : spec,
        numbers: isNumeric ? this.numbers[i]!.take(n) : new Float32Array(0),
        codes: isNumeric ? new Int32Array(0) : this.codes[i]!.take(n),
        words: this.words[i]!.words,
      };
    });
    const skipped = this.skipped.all();
    return {
      format,
      files,
      sha256: hashes.length === 1 ? hashes[0]! : createHash('sha256').update(hashes.join('')).digest('hex'),
      ...(hashes.length > 1 && { fileSha256: hashes }),
      columns,
      rows: n,
      attack: this.attack.take(n),
      kind: this.kind.take(n),
      kinds: this.kinds.words,
      identity: this.identity.take(n),
      time: this.time.take(n),
      group: this.group.take(n),
      source: this.source.take(n),
      skipped,
      skippedRows: skipped.reduce((sum, each) => sum + each.count, 0),
      notes: this.notes.all(),
      ...more,
    };
  }
}

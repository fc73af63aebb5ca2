/** Records to columns that grow. */
import { createHash } from 'node:crypto';
import { SondeError } from '../../../../src-shared/errors.ts';
import type { ColumnSpec, ParsedRecord, Skipped, Table, TableColumn } from './types.ts';

/** Rows a table holds at most: about 200 bytes each. */
export const MOST_ROWS = 5_000_000;
/** Words of a column that are told apart; the rest are one. */
const MOST_WORDS = 20_000;
const OTHER_WORD = '(other)';
const MOST_REASONS = 50;
const LINES_SHOWN = 5;

/** 53-bit hash of a text (cyrb53's construction: two 32-bit multiplicative hashes). */
export function hashText(text: string): number {
  let a = 0xdeadbeef;
  let b = 0x41c6ce57;
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    a = Math.imul(a ^ c, 2654435761);
    b = Math.imul(b ^ c, 1597334677);
  }
  a = Math.imul(a ^ (a >>> 16), 2246822507) ^ Math.imul(b ^ (b >>> 13), 3266489909);
  b = Math.imul(b ^ (b >>> 16), 2246822507) ^ Math.imul(a ^ (a >>> 13), 3266489909);
  return 4294967296 * (2097151 & b) + (a >>> 0);
}

class WordList {
  readonly words: string[] = [];
  private readonly byWord = new Map<string, number>();
  private readonly most: number;

  constructor(most: number) {
    this.most = most;
  }

  codeOf(word: string): number {
    const known = this.byWord.get(word);
    if (known !== undefined) return known;
    const kept = this.words.length < this.most ? word : OTHER_WORD;
    const code = kept === word ? this.words.length : this.codeOf(OTHER_WORD);
    if (kept === word) this.words.push(word);
    else return code;
    this.byWord.set(word, code);
    return code;
  }
}

function grown<T extends Float32Array | Float64Array | Int32Array | Uint8Array>(array: T, made: T): T {
  made.set(array as never);
  return made;
}

export class TableBuilder {
  readonly columns: readonly ColumnSpec[];
  rows = 0;
  private capacity = 4096;
  private readonly numbers: Float32Array[];
  private readonly codes: Int32Array[];
  private readonly words: WordList[];
  private attack = new Uint8Array(this.capacity);
  private kind = new Int32Array(this.capacity);
  private identity = new Float64Array(this.capacity);
  private time = new Float64Array(this.capacity);
  private group = new Float64Array(this.capacity);
  private source = new Float64Array(this.capacity);
  private readonly kinds = new WordList(MOST_WORDS);
  private readonly skipped = new Map<string, Skipped>();

  constructor(columns: readonly ColumnSpec[]) {
    this.columns = columns;
    this.numbers = columns.map((c) => new Float32Array(c.kind === 'numeric' ? this.capacity : 0));
    this.codes = columns.map((c) => new Int32Array(c.kind === 'categorical' ? this.capacity : 0));
    this.words = columns.map(() => new WordList(MOST_WORDS));
    this.kinds.codeOf('normal');
  }

  /** @throws SondeError `too-many` beyond `MOST_ROWS` rows. */
  add(record: ParsedRecord, path: string): void {
    if (this.rows === MOST_ROWS) {
      const what = `${path}: more than ${MOST_ROWS.toLocaleString('en')} records`;
      throw new SondeError('too-many', what, path, 'Divide the file and give a part of it.');
    }
    if (this.rows === this.capacity) this.grow();
    const row = this.rows++;
    for (const [i, value] of record.values.entries()) {
      if (typeof value === 'number') this.numbers[i]![row] = value;
      else this.codes[i]![row] = this.words[i]!.codeOf(value);
    }
    this.attack[row] = record.attack ? 1 : 0;
    this.kind[row] = record.attack ? this.kinds.codeOf(record.kind) : 0;
    this.identity[row] = hashText(record.identity);
    this.time[row] = record.time;
    this.source[row] = record.source === undefined ? NaN : hashText(record.source);
    this.group[row] = record.group === undefined ? NaN : hashText(record.group);
  }

  private grow(): void {
    this.capacity *= 2;
    const n = this.capacity;
    for (const [i, spec] of this.columns.entries()) {
      if (spec.kind === 'numeric') this.numbers[i] = grown(this.numbers[i]!, new Float32Array(n));
      else this.codes[i] = grown(this.codes[i]!, new Int32Array(n));
    }
    this.attack = grown(this.attack, new Uint8Array(n));
    this.kind = grown(this.kind, new Int32Array(n));
    this.identity = grown(this.identity, new Float64Array(n));
    this.time = grown(this.time, new Float64Array(n));
    this.source = grown(this.source, new Float64Array(n));
    this.group = grown(this.group, new Float64Array(n));
  }

  /** Counts a line that was left out. */
  skip(reason: string, line: number): void {
    const known = this.skipped.get(reason);
    if (known) {
      known.count++;
      if (known.lines.length < LINES_SHOWN) known.lines.push(line);
    } else if (this.skipped.size < MOST_REASONS) this.skipped.set(reason, { reason, count: 1, lines: [line] });
    else this.skip('other reasons', line);
  }

  finish(format: string, files: readonly string[], hashes: readonly string[]): Table {
    const n = this.rows;
    const columns: TableColumn[] = this.columns.map((spec, i) => ({
      spec,
      numbers: this.numbers[i]!.subarray(0, spec.kind === 'numeric' ? n : 0),
      codes: this.codes[i]!.subarray(0, spec.kind === 'categorical' ? n : 0),
      words: this.words[i]!.words,
    }));
    const skipped = [...this.skipped.values()].sort((a, b) => b.count - a.count);
    return {
      format,
      files,
      sha256: hashes.length === 1 ? hashes[0]! : createHash('sha256').update(hashes.join('')).digest('hex'),
      columns,
      rows: n,
      attack: this.attack.subarray(0, n),
      kind: this.kind.subarray(0, n),
      kinds: this.kinds.words,
      identity: this.identity.subarray(0, n),
      time: this.time.subarray(0, n),
      group: this.group.subarray(0, n),
      source: this.source.subarray(0, n),
      skipped,
      skippedRows: skipped.reduce((sum, each) => sum + each.count, 0),
    };
  }
}

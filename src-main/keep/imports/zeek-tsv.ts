/** Zeek's conn.log as it is written by default: tab-separated, with a header that says how (docs.zeek.org, "Zeek log formats"). */
import { firstLine, LineParser } from './line-parser.ts';
import type { RecordFormat } from './record.ts';
import { ZEEK_FIELDS, ZEEK_NEEDED, zeekRecord, type ZeekValues } from './zeek-fields.ts';

const ESCAPED = /\\x([0-9a-fA-F]{2})/g;

function unescaped(text: string): string {
  return text.replace(ESCAPED, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)));
}

class ZeekTsvParser extends LineParser {
  private separator = '\t';
  private empty = '(empty)';
  private unset = '-';
  private path = 'conn';
  /** Column of each of ZEEK_FIELDS, -1 where it is not in the log. */
  private columns: number[] = [];
  /** Columns of a line: a cut line has fewer. */
  private width = 0;
  private readonly values: ZeekValues = ZEEK_FIELDS.map(() => undefined);

  protected read(text: string, offset: number): void {
    if (text.startsWith('#')) this.header(text, offset);
    else if (this.path !== 'conn') this.sink.other(offset, `Zeek ${this.path}.log`);
    else if (this.width === 0) this.bad(offset, 'no #fields line says what its columns are');
    else this.record(text, offset);
  }

  private header(text: string, offset: number): void {
    if (text.startsWith('#separator ')) {
      this.separator = unescaped(text.slice('#separator '.length).trim()) || '\t';
      return;
    }
    const [name, ...rest] = text.split(this.separator);
    if (name === '#empty_field') this.empty = rest[0] ?? this.empty;
    else if (name === '#unset_field') this.unset = rest[0] ?? this.unset;
    else if (name === '#path') this.path = rest[0] ?? 'conn';
    else if (name === '#fields') this.fields(rest, offset);
  }

  private fields(names: string[], offset: number): void {
    this.columns = ZEEK_FIELDS.map((name) => names.indexOf(name));
    const missing = ZEEK_NEEDED.filter((name) => !names.includes(name));
    this.width = missing.length === 0 ? names.length : 0;
    if (missing.length > 0 && this.path === 'conn') this.bad(offset, `its columns lack ${missing.join(', ')}`);
  }

  private record(text: string, offset: number): void {
    const cells = text.split(this.separator);
    if (cells.length < this.width) return this.bad(offset, `it has ${cells.length} of ${this.width} columns`);
    const { columns, values, unset, empty } = this;
    for (let i = 0; i < columns.length; i++) {
      const cell = columns[i]! < 0 ? unset : cells[columns[i]!]!;
      values[i] = cell === unset || cell === empty ? undefined : cell.includes('\\x') ? unescaped(cell) : cell;
    }
    const record = zeekRecord(values);
    if (typeof record === 'string') this.bad(offset, record);
    else this.sink.take(record);
  }
}

/** The `#path` of a Zeek log in text; undefined where it is none. */
export function zeekPath(head: Buffer): string | undefined {
  const first = firstLine(head);
  if (first === undefined || !/^#(separator |fields\t)/.test(first)) return undefined;
  const text = head.toString('latin1');
  const path = /^#path[\t ,|;]([^\r\n]*)$/m.exec(text)?.[1];
  if (path !== undefined) return path.trim();
  return ZEEK_NEEDED.every((name) => text.includes(name)) && text.includes('conn_state') ? 'conn' : 'unnamed';
}

export const zeekTsv: RecordFormat = {
  id: 'zeek-conn',
  title: 'a Zeek conn.log',
  recognises: (head) => zeekPath(head) === 'conn',
  open: (sink) => new ZeekTsvParser(sink),
};

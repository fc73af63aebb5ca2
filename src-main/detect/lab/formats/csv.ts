/**
 * Delimited text (RFC 4180 and what people make of it): quotes around fields, doubled inside, with delimiters and line ends
 * between them. A quote counts only at the beginning of a field.
 */
import { LONGEST_LINE } from './lines.ts';
import { BadRecord, NeverClosed, type ColumnSpec, type LeftOut, type LineReader, type ParsedRecord } from './types.ts';

export const DELIMITERS = [',', ';', '\t', '|'] as const;
const NAMES: Readonly<Record<string, string>> = {
  ',': 'commas',
  ';': 'semicolons',
  '\t': 'tabs',
  '|': 'bars',
  ':': 'colons',
  ' ': 'blanks',
};
const QUOTE = '"';
/** Lines that a quoted field may go on for. */
const MOST_OPEN_LINES = 1000;

/** The delimiter in words. */
export const delimiterName = (delimiter: string): string => NAMES[delimiter] ?? `'${delimiter}'`;

/** Fields of a record; undefined where a quote is still open at its end. @throws BadRecord */
export function fieldsOf(text: string, delimiter: string): string[] | undefined {
  if (!text.includes(QUOTE)) return text.split(delimiter);
  const fields: string[] = [];
  let at = 0;
  for (;;) {
    if (text[at] !== QUOTE) {
      const end = text.indexOf(delimiter, at);
      fields.push(end < 0 ? text.slice(at) : text.slice(at, end));
      if (end < 0) return fields;
      at = end + 1;
      continue;
    }
    const end = closing(text, at + 1);
    if (end < 0) return undefined;
    fields.push(text.slice(at + 1, end).replaceAll('""', QUOTE));
    if (end + 1 === text.length) return fields;
    if (text[end + 1] !== delimiter) throw new BadRecord('there is text behind a closing quote');
    at = end + 2;
  }
}

/** Where the quote is that closes a field; a doubled one does not. */
function closing(text: string, from: number): number {
  for (let at = text.indexOf(QUOTE, from); at >= 0; at = text.indexOf(QUOTE, at + 2)) {
    if (text[at + 1] !== QUOTE) return at;
  }
  return -1;
}

/** Reads the fields of one record. */
export interface RowReader {
  columns: readonly ColumnSpec[];
  leftOut?: readonly LeftOut[];
  /** @param text The same fields joined by commas, where that is how the line stands. */
  read(fields: readonly string[], text?: string): ParsedRecord;
  labels?(): { value: string; count: number }[];
}

/** First lines of a delimited file. */
export interface Head {
  delimiter: string;
  header: readonly string[];
  /** Records below it. */
  rows: readonly (readonly string[])[];
}

/** The header and the good records of some first lines, divided by `delimiter`; comments (#) before the header are passed. */
export function headOf(lines: readonly string[], delimiter: string): Head | undefined {
  const records: string[][] = [];
  let open = '';
  for (const line of lines) {
    if (open === '' && (line.trim() === '' || (records.length === 0 && line.startsWith('#')))) continue;
    const text = open === '' ? line : `${open}\n${line}`;
    try {
      const fields = fieldsOf(text, delimiter);
      if (fields) records.push(fields);
      open = fields ? '' : text;
    } catch (error) {
      if (!(error instanceof BadRecord)) throw error;
      open = '';
    }
    if (open.length > LONGEST_LINE) break;
  }
  const [header, ...rows] = records;
  return header && { delimiter, header: header.map((name) => name.trim()), rows };
}

/** Share of the records that have as many fields as the header, by delimiter; the best first, none that does not divide. */
export function likelyHeads(lines: readonly string[]): Head[] {
  const heads = DELIMITERS.map((delimiter) => headOf(lines, delimiter)).filter(
    (head) => head && head.header.length > 1,
  );
  const fit = ({ header, rows }: Head): number =>
    rows.length === 0 ? 0 : rows.filter((row) => row.length === header.length).length / rows.length;
  return (heads as Head[]).sort((a, b) => fit(b) - fit(a) || b.header.length - a.header.length);
}

/** Lines that have to be divided alike to tell by what. */
const DIVIDED_ALIKE = 20;

/** A character that divides the first lines into as many fields each, where they are divided by none of `DELIMITERS`. */
export function oddDelimiter(lines: readonly string[]): string | undefined {
  const some = lines.filter((line) => line.trim() !== '').slice(0, DIVIDED_ALIKE);
  const [first] = some;
  if (first === undefined || some.length < 2) return undefined;
  const parts = (line: string, by: string): number => line.split(by).length;
  const able = [...new Set(first)].filter(
    (each) =>
      !/[\p{L}\p{N}_.+-]/u.test(each) &&
      each !== QUOTE &&
      some.every((line) => parts(line, each) === parts(first, each)),
  );
  return able.sort((a, b) => parts(first, b) - parts(first, a))[0];
}

/** A reader of lines whose records `rows` reads; the header, wherever it stands, is passed. */
export function csvReader(rows: RowReader, { delimiter, header }: Head): LineReader {
  let open: string[] = [];
  let openLength = 0;
  let openedAt = 0;
  let isHeaderSeen = false;

  const keepOpen = (lines: string[], length: number, number: number): undefined => {
    if (lines.length === 1) openedAt = number;
    if (lines.length > MOST_OPEN_LINES || length > LONGEST_LINE) throw new NeverClosed(openedAt);
    open = lines;
    openLength = length;
    return undefined;
  };
  const isHeader = (fields: readonly string[]): boolean =>
    fields.length === header.length && fields.every((field, i) => field.trim() === header[i]);

  return {
    columns: rows.columns,
    ...(rows.leftOut && { leftOut: rows.leftOut }),
    ...(rows.labels && { labels: () => rows.labels!() }),
    read(line, number = 0) {
      const isFirst = open.length === 0;
      if (isFirst && (line.trim() === '' || (!isHeaderSeen && line.startsWith('#')))) return undefined;
      const lines = isFirst ? [line] : [...open, line];
      const length = openLength + line.length + 1;
      if (!isFirst && !line.includes(QUOTE)) return keepOpen(lines, length, number);
      open = [];
      openLength = 0;
      const fields = fieldsOf(isFirst ? line : lines.join('\n'), delimiter);
      if (!fields) return keepOpen(lines, length, number);
      if (!isHeaderSeen) {
        isHeaderSeen = true;
        if (isHeader(fields)) return undefined;
      }
      if (fields.length !== header.length) throw new BadRecord(`there are not ${header.length} fields`);
      if (fields[0]!.trim() === header[0] && isHeader(fields)) throw new BadRecord('the header stands there again');
      return delimiter === ',' && isFirst && !line.includes(QUOTE) ? rows.read(fields, line) : rows.read(fields);
    },
    end() {
      if (open.length > 0) throw new NeverClosed(openedAt);
    },
  };
}

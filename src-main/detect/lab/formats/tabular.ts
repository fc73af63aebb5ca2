/** Formats whose records are delimited text under a header of known names. */
import { csvReader, headOf, DELIMITERS, type Head, type RowReader } from './csv.ts';
import { hashFields, hashText } from './builder.ts';
import { ADD_LABELS, type Verdict } from './labels.ts';
import { BadRecord, numberOf, type ColumnSpec, type Format, type LeftOut, type ParsedRecord } from './types.ts';

/** Longer texts are no words that records share; names of single records may be longer. */
export const LONGEST_WORD = 64;
const LONGEST_NAME = 256;
/** But for line ends and tabs, which quotes may hold. */
const CONTROL = /[^\P{Cc}\t\n\r]/u;
const NOT_FINITE = /^[+-]?(?:nan|inf(?:inity)?)$/i;
export const UNSET = '-';

/** A field by the name of its column; empty where the file has no such column. */
export type Field = (name: string) => string;

/** What a record says beside its columns. */
export interface Beside extends Verdict {
  time?: number;
  group?: string;
  source?: string;
  /** Values of `derived`, in its order. */
  derived?: readonly (number | string)[];
}

export interface Tabular {
  id: string;
  title: string;
  /** Columns a file of this format may have. */
  columns: readonly ColumnSpec[];
  /** Columns without which a file is of another format; the label's apart. */
  needed: readonly string[];
  /** Name of the column that says what a record is. */
  label: string;
  /** Other columns on the side of the label: known, neither learned from nor compared. */
  besideLabel?: readonly string[];
  /** Columns that others are derived from: compared, not learned from as they stand. */
  readFrom?: readonly string[];
  /** Columns that number the rows of the file: known, neither learned from nor compared. */
  numbering?: readonly string[];
  /** A cell of the header as one of the names above; default: as it stands. */
  nameOf?(cell: string): string;
  /** Columns made of the others. */
  derived?: readonly ColumnSpec[];
  /** Of one column; default: `valueOf`. */
  read?(text: string, spec: ColumnSpec): number | string;
  /** @throws BadRecord */
  beside(field: Field): Beside;
}

/** A word as it stands, without blanks around; "-" where there is none. @throws BadRecord */
export function wordOf(text: string, spec: ColumnSpec): string {
  const word = text.trim();
  const most = spec.role === 'feature' ? LONGEST_WORD : LONGEST_NAME;
  if (word.length > most || CONTROL.test(word)) throw new BadRecord(`${spec.name} is not a word`);
  return word === '' ? UNSET : word;
}

/** Of a field. A blank or "-" is NaN in optional columns of numbers. @throws BadRecord */
export function valueOf(text: string, spec: ColumnSpec): number | string {
  if (spec.kind === 'categorical') return wordOf(text, spec);
  const isBlank = spec.optional === true && (text === '' || text === UNSET || text.trim() === '');
  return isBlank ? NaN : numberOf(text, spec);
}

/** What of a header is known, and where it stands. */
interface Places {
  at: ReadonlyMap<string, number>;
  leftOut: LeftOut[];
}

function placesOf(header: readonly string[], format: Tabular): Places {
  const known = new Set([
    ...format.columns.map(({ name }) => name),
    ...(format.besideLabel ?? []),
    ...(format.numbering ?? []),
    ...(format.readFrom ?? []),
    format.label,
  ]);
  const at = new Map<string, number>();
  const leftOut: LeftOut[] = [];
  for (const [i, cell] of header.entries()) {
    const name = format.nameOf?.(cell) ?? cell;
    if (!known.has(name)) leftOut.push({ name: cell, why: 'the format does not know it' });
    else if (at.has(name)) leftOut.push({ name: cell, why: `it stands there twice` });
    else at.set(name, i);
  }
  return { at, leftOut };
}

/** The first division of the lines that has the needed columns. */
function placed(lines: readonly string[], format: Tabular): { head: Head; places: Places } | undefined {
  for (const delimiter of DELIMITERS) {
    const head = headOf(lines.slice(0, HEADER_LINES), delimiter);
    if (!head || head.header.length < format.needed.length) continue;
    const places = placesOf(head.header, format);
    if (format.needed.every((name) => places.at.has(name))) return { head, places };
  }
  return undefined;
}

/** Lines among which a header is looked for: comments may stand before it, and its names may go on over lines. */
const HEADER_LINES = 20;

interface Planned {
  spec: ColumnSpec;
  at: number;
}

const isDigit = (code: number): boolean => code >= 48 && code <= 57;

/** Values of the columns, and notes of what in them is read as unset. */
function valuesOf(
  fields: readonly string[],
  plan: readonly Planned[],
  format: Tabular,
): [(number | string)[], string[]] {
  const values: (number | string)[] = [];
  const notes: string[] = [];
  const read = format.read ?? valueOf;
  for (let i = 0; i < plan.length; i++) {
    const { spec, at } = plan[i]!;
    const text = fields[at]!;
    if (spec.kind === 'numeric' && !isDigit(text.charCodeAt(0)) && NOT_FINITE.test(text.trim())) {
      notes.push(`${spec.name} is ${text.trim()}: read as unset`);
      values.push(NaN);
    } else values.push(read(text, spec));
  }
  return [values, notes];
}

/** Reads fields that stand as the cells of `header` do. */
export function rowReader(header: readonly string[], format: Tabular): RowReader {
  const { at, leftOut } = placesOf(header, format);
  const plan = format.columns.flatMap((spec): Planned[] => {
    const place = at.get(spec.name);
    return place === undefined ? [] : [{ spec, at: place }];
  });
  const apart = new Set([format.label, ...(format.besideLabel ?? []), ...(format.numbering ?? [])]);
  const notCompared = new Set([...apart].map((name) => at.get(name)));
  const compared = header.flatMap((_, i) => (notCompared.has(i) ? [] : [i]));
  // To hash them in one piece costs half.
  const areAllButLast = compared.length === header.length - 1 && !compared.includes(header.length - 1);
  return {
    columns: [...plan.map(({ spec }) => spec), ...(format.derived ?? [])],
    leftOut,
    read(fields, text) {
      const field: Field = (name) => fields[at.get(name) ?? -1] ?? '';
      const { attack, kind, time, group, source, derived } = format.beside(field);
      const [values, notes] = valuesOf(fields, plan, format);
      if (derived) values.push(...derived);
      const identity =
        areAllButLast && text !== undefined
          ? hashText(text.slice(0, text.length - fields.at(-1)!.length - 1))
          : hashFields(fields, compared);
      const record: ParsedRecord = { values, attack, kind, identity, time: time ?? NaN };
      if (group !== undefined) record.group = group;
      if (source !== undefined) record.source = source;
      if (notes.length > 0) record.notes = notes;
      return record;
    },
  };
}

/** A format of a description. */
export function tabular(format: Tabular): Format {
  return {
    id: format.id,
    title: format.title,
    recognise(lines) {
      const found = placed(lines, format);
      if (!found?.places.at.has(format.label)) return undefined;
      return csvReader(rowReader(found.head.header, format), found.head);
    },
    lacks(lines) {
      const found = placed(lines, format);
      if (!found || found.places.at.has(format.label)) return undefined;
      const why = `it has the columns of ${format.title}, but none that is called ${format.label} and says what is an attack`;
      return { why, cure: ADD_LABELS };
    },
  };
}

/** Any CSV with a header, read by a mapping; what the mapping does not say is guessed from the first records. */
import { SondeError } from '../../../../src-shared/errors.ts';
import { hashFields } from './builder.ts';
import { csvReader, delimiterName, headOf, likelyHeads, oddDelimiter, type Head, type RowReader } from './csv.ts';
import { guessColumn, isUnset } from './guess.ts';
import { kindOf } from './labels.ts';
import type { MappedRole } from '../../../../src-shared/domain/csv-mapping.ts';
import type { CsvMapping } from './mapping.ts';
import { wordOf } from './tabular.ts';
import { timeOf } from './times.ts';
import { BadRecord, numberOf, type ColumnSpec, type LeftOut, type LineReader, type ParsedRecord } from './types.ts';

export const CSV_ID = 'csv';
/** Columns of a file; more are hardly columns. */
export const MOST_COLUMNS = 2000;
/** Names and values shown in a message. */
const SHOWN = 12;
/** Different values of the label that are counted. */
const MOST_LABELS = 50;
const DAY = 86_400;

interface Planned {
  spec: ColumnSpec;
  at: number;
  isTime: boolean;
}

interface Plan {
  columns: Planned[];
  leftOut: LeftOut[];
  compared: number[];
  label: number;
  /** Where each role stands, -1: nowhere. */
  at: Record<'kind' | 'time' | 'source' | 'group', number>;
}

const shown = (names: readonly string[]): string =>
  names.length > SHOWN ? `${names.slice(0, SHOWN).join(', ')} and ${names.length - SHOWN} more` : names.join(', ');

/** Header and first records, by this delimiter or the likeliest; undefined where it does not divide. */
export function headFor(lines: readonly string[], delimiter: string | undefined): Head | undefined {
  const head = delimiter === undefined ? likelyHeads(lines)[0] : headOf(lines, delimiter);
  return head && head.header.length > 1 ? head : undefined;
}

/** @throws SondeError where there are no columns */
function demandHead(lines: readonly string[], { delimiter }: CsvMapping, path: string): Head {
  const head = headFor(lines, delimiter);
  if (head) return head;
  const [other] = likelyHeads(lines);
  const what = delimiter === undefined ? 'commas, semicolons, tabs or bars' : delimiterName(delimiter);
  const odd = other ? undefined : oddDelimiter(lines);
  const but = odd === undefined || odd === delimiter ? '' : `, but, it seems, by ${delimiterName(odd)}`;
  throw new SondeError(
    'unknown-format',
    `${path}: its lines are not divided by ${what}${but}`,
    path,
    other
      ? `They are divided by ${delimiterName(other.delimiter)}: leave "delimiter" out of the map.`
      : `Divide it by commas, or name its delimiter in a map: --map FILE with { "delimiter": ${JSON.stringify(odd ?? '…')} }.`,
  );
}

function findLabel({ header }: Head, { label }: CsvMapping): number {
  const exact = header.indexOf(label);
  return exact >= 0 ? exact : header.findIndex((name) => name.toLowerCase() === label.toLowerCase());
}

function labelPlace(head: Head, mapping: CsvMapping, path: string): number {
  const at = findLabel(head, mapping);
  if (at >= 0) return at;
  const { header, delimiter } = head;
  const { label } = mapping;
  throw new SondeError(
    'unknown-format',
    `${path}: has no column ${label}`,
    path,
    `Divided by ${delimiterName(delimiter)} it has ${header.length} columns: ${shown(header)}.`,
  );
}

const SPEC_ROLES: Readonly<Partial<Record<MappedRole, Pick<ColumnSpec, 'role' | 'end'>>>> = {
  feature: { role: 'feature' },
  shortcut: { role: 'shortcut' },
  id: { role: 'id' },
  time: { role: 'shortcut' },
  group: { role: 'shortcut' },
  source: { role: 'shortcut', end: 'source' },
  target: { role: 'shortcut', end: 'target' },
};

function planOf(head: Head, mapping: CsvMapping, like: readonly ColumnSpec[] | undefined, path: string): Plan {
  const { header, rows } = head;
  const label = labelPlace(head, mapping, path);
  const missing = Object.keys(mapping.columns ?? {}).find((name) => !header.includes(name));
  if (missing !== undefined) {
    throw new SondeError('usage', `--map: ${path} has no column ${missing}`, '--map', `It has: ${shown(header)}.`);
  }
  const plan: Plan = {
    columns: [],
    leftOut: [],
    compared: [],
    label,
    at: { kind: -1, time: -1, source: -1, group: -1 },
  };
  const names = new Set<string>();
  for (const [at, name] of header.entries()) {
    if (at === label) continue;
    if (names.has(name)) plan.leftOut.push({ name, why: 'it stands there twice' });
    else planColumn(plan, at, name, rows, mapping, like);
    names.add(name);
  }
  return plan;
}

function planColumn(
  plan: Plan,
  at: number,
  name: string,
  rows: Head['rows'],
  mapping: CsvMapping,
  like: readonly ColumnSpec[] | undefined,
): void {
  const said = mapping.columns?.[name];
  const guess = guessColumn(
    name,
    rows.map((row) => row[at] ?? ''),
  );
  const role = said?.role ?? guess.role;
  if (role === 'kind' || role === 'time' || role === 'source' || role === 'group') {
    if (plan.at[role] < 0) plan.at[role] = at;
  }
  const of = SPEC_ROLES[role];
  if (!of) {
    if (role === 'left-out') plan.leftOut.push({ name, why: said?.role ? 'the map says so' : guess.why! });
    return;
  }
  plan.compared.push(at);
  if (like && !like.some((spec) => spec.name === name)) return;
  const before = like?.find((spec) => spec.name === name);
  const kind = before?.kind ?? said?.type ?? guess.type;
  plan.columns.push({ spec: before ?? { name, kind, ...of }, at, isTime: role === 'time' && kind === 'numeric' });
}

function valueOf(text: string, { spec, isTime }: Planned, notes: string[]): number | string {
  if (spec.kind === 'categorical') return wordOf(text, spec);
  if (isUnset(text)) {
    notes.push(`${spec.name} is ${text.trim() === '' ? 'blank' : text.trim()}: read as unset`);
    return NaN;
  }
  return isTime ? timeOf(text, spec.name) : numberOf(text, spec);
}

/** Counts what the label column says. */
class LabelCount {
  private readonly counts = new Map<string, number>();

  add(value: string): void {
    const known = this.counts.get(value);
    if (known !== undefined) this.counts.set(value, known + 1);
    else if (this.counts.size < MOST_LABELS) this.counts.set(Buffer.from(value).toString(), 1);
  }

  all(): { value: string; count: number }[] {
    return [...this.counts].map(([value, count]) => ({ value, count })).sort((a, b) => b.count - a.count);
  }
}

/** What a value of the label says. @throws BadRecord where it says neither */
function verdictBy(mapping: CsvMapping): (value: string) => boolean {
  const positive = new Set(mapping.positive);
  const negative = new Set(mapping.negative);
  return (value) => {
    if (value === '') throw new BadRecord(`${mapping.label} is blank`);
    if (positive.has(value)) return true;
    if (negative.size > 0 && positive.size > 0 && !negative.has(value)) {
      throw new BadRecord(`${mapping.label} is neither a positive nor a negative value`);
    }
    return positive.size === 0 && !negative.has(value);
  };
}

function rowReader(plan: Plan, mapping: CsvMapping): RowReader {
  const count = new LabelCount();
  const verdict = verdictBy(mapping);
  return {
    columns: plan.columns.map(({ spec }) => spec),
    leftOut: plan.leftOut,
    labels: () => count.all(),
    read(fields) {
      const value = fields[plan.label]!.trim();
      count.add(value);
      const attack = verdict(value);
      const notes: string[] = [];
      const values = plan.columns.map((planned) => valueOf(fields[planned.at]!, planned, notes));
      const { at } = plan;
      const record: ParsedRecord = {
        values,
        attack,
        kind: kindOf(at.kind < 0 ? value : fields[at.kind]!),
        identity: hashFields(fields, plan.compared),
        time: at.time < 0 ? NaN : timeOf(fields[at.time]!, 'the time'),
      };
      const source = at.source < 0 ? undefined : fields[at.source]!.trim();
      const day = at.time < 0 ? '' : ` ${Math.floor(record.time / DAY)}`;
      const group = at.group < 0 ? source : fields[at.group]!.trim();
      if (source !== undefined) record.source = source;
      if (group !== undefined) record.group = at.group < 0 ? group + day : group;
      if (notes.length > 0) record.notes = notes;
      return record;
    },
  };
}

/**
 * A reader for a file of which these are the first lines.
 *
 * @param like Columns that were read of another file: the types are as there, and others are left out.
 * @throws SondeError `unknown-format` where there is no such label, `usage` where the map names a column that is not there
 */
export function mappedReader(
  lines: readonly string[],
  path: string,
  mapping: CsvMapping,
  like?: readonly ColumnSpec[],
): LineReader {
  const head = demandHead(lines, mapping, path);
  return csvReader(rowReader(planOf(head, mapping, like, path), mapping), head);
}

/** Columns of records to be scored; their label may be missing, or say neither. */
export interface CellReader {
  columns: readonly ColumnSpec[];
  /** @throws BadRecord */
  values(cells: readonly string[]): (number | string)[];
  /** undefined: the record says nothing of the kind. */
  attack(cells: readonly string[]): boolean | undefined;
}

/** Reads those of `columns`, of a table that was read by the mapping, which the file has. */
export function cellReader(head: Head, mapping: CsvMapping, columns: readonly ColumnSpec[]): CellReader {
  const { header, rows } = head;
  const planned = columns.flatMap((spec): Planned[] => {
    const at = header.indexOf(spec.name);
    if (at < 0) return [];
    const cells = rows.map((row) => row[at] ?? '');
    const role = mapping.columns?.[spec.name]?.role ?? guessColumn(spec.name, cells).role;
    return [{ spec, at, isTime: role === 'time' && spec.kind === 'numeric' }];
  });
  const label = findLabel(head, mapping);
  const verdict = verdictBy(mapping);
  return {
    columns: planned.map(({ spec }) => spec),
    values: (cells) =>
      planned.map((one) => {
        const value = valueOf(cells[one.at]!, one, []);
        if (Number.isNaN(value) && !one.spec.optional) {
          throw new BadRecord(`${one.spec.name} is unset, which it never was where the model learned`);
        }
        return value;
      }),
    attack(cells) {
      if (label < 0) return undefined;
      try {
        return verdict(cells[label]!.trim());
      } catch (error) {
        if (error instanceof BadRecord) return undefined;
        throw error;
      }
    },
  };
}

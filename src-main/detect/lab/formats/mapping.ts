/** How to read any CSV: which column says what a record is, and what the others are. */
import {
  COLUMN_TYPES,
  MAPPED_ROLES,
  type ColumnType,
  type MappedRole,
} from '../../../../src-shared/domain/csv-mapping.ts';
import { SondeError } from '../../../../src-shared/errors.ts';

export interface MappedColumn {
  type?: ColumnType;
  role?: MappedRole;
}

export interface CsvMapping {
  /** The column that says what a record is. */
  label: string;
  /** Values of it that mean an attack. */
  positive: readonly string[];
  /** Values of it that mean none; empty: all the others. With `positive` empty all others are attacks. */
  negative?: readonly string[];
  /** Absent: the one that divides the first lines best. */
  delimiter?: string;
  /** What is not said here is told from the first records. */
  columns?: Readonly<Record<string, MappedColumn>>;
}

const KEYS = ['label', 'positive', 'negative', 'delimiter', 'columns'];
const EXAMPLE = '{ "delimiter": ";", "columns": { "port": { "type": "categorical", "role": "shortcut" } } }';

function wrong(what: string, path: string): SondeError {
  return new SondeError('usage', `${path}: ${what}`, path, `Write for example ${EXAMPLE}.`);
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function textsOf(value: unknown, name: string, path: string): string[] {
  const list: unknown[] = Array.isArray(value) ? value : [value];
  return list.map((each) => {
    if (typeof each === 'string' || typeof each === 'number' || typeof each === 'boolean') return String(each);
    throw wrong(`"${name}" is not a text, or a list of them`, path);
  });
}

function columnOf(name: string, value: unknown, path: string): MappedColumn {
  if (!isObject(value)) throw wrong(`column "${name}" is not an object with type and role`, path);
  const type = COLUMN_TYPES.find((known) => known === value['type']);
  const role = MAPPED_ROLES.find((known) => known === value['role']);
  if (value['type'] !== undefined && type === undefined) {
    throw wrong(`the type of column "${name}" is not one of ${COLUMN_TYPES.join(', ')}`, path);
  }
  if (value['role'] !== undefined && role === undefined) {
    throw wrong(`the role of column "${name}" is not one of ${MAPPED_ROLES.join(', ')}`, path);
  }
  const other = Object.keys(value).find((key) => key !== 'type' && key !== 'role');
  if (other !== undefined) throw wrong(`column "${name}" has "${other}", but only type and role can be said`, path);
  return { ...(type && { type }), ...(role && { role }) };
}

/**
 * A mapping of a JSON document (the file of `--map`) and of what was said beside it, which wins.
 *
 * @throws SondeError `usage` naming what of it is wrong
 */
export function mappingOf(
  content: unknown,
  path: string,
  said: { label?: string; positive?: readonly string[] } = {},
): CsvMapping {
  if (!isObject(content)) throw wrong('is not a JSON object', path);
  const unknown = Object.keys(content).find((key) => !KEYS.includes(key));
  if (unknown !== undefined) throw wrong(`"${unknown}" is not one of ${KEYS.join(', ')}`, path);
  const { delimiter, columns = {} } = content;
  const label = said.label ?? content['label'];
  if (typeof label !== 'string' || label === '') throw wrong('no column is named as the label', path);
  const given =
    said.positive ?? (content['positive'] === undefined ? [] : textsOf(content['positive'], 'positive', path));
  const negative = content['negative'] === undefined ? [] : textsOf(content['negative'], 'negative', path);
  if (given.length + negative.length === 0) throw wrong(`nothing says which values of "${label}" are attacks`, path);
  if (
    delimiter !== undefined &&
    (typeof delimiter !== 'string' || delimiter.length !== 1 || /["\r\n]/.test(delimiter))
  ) {
    throw wrong('"delimiter" is not a single character', path);
  }
  if (!isObject(columns)) throw wrong('"columns" is not an object', path);
  const entries = Object.entries(columns).map(([name, value]) => [name, columnOf(name, value, path)] as const);
  return {
    label,
    positive: given,
    negative,
    ...(typeof delimiter === 'string' && { delimiter }),
    columns: Object.fromEntries(entries),
  };
}

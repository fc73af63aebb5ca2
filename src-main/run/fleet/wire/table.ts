/** Rows of a table by its schema, column by column. */
import { makeColumns, type ColumnSchema, type ColumnType, type Columns } from '../../../meter/columns.ts';
import type { ByteReader, ByteWriter } from './bytes.ts';
import { readNumbers, writeNumbers, type Range } from './numbers.ts';
import { rangeOf } from './ranges.ts';

/** Columns that hold numbers of hosts. */
export const HOST_COLUMNS: ReadonlySet<string> = new Set(['host', 'origHost', 'respHost', 'topSender']);

type Numbers = Uint8Array | Uint16Array | Uint32Array | Int32Array | Float32Array | Float64Array;

const typeOf = (column: ColumnType | readonly [ColumnType, number]): [ColumnType, number] =>
  typeof column === 'string' ? [column, 1] : [column[0], column[1]];

/** The columns of a table that are written as they are; `left` are not, somebody else does. */
function plain(schema: ColumnSchema, left: ReadonlySet<string>): [name: string, type: ColumnType, width: number][] {
  return Object.entries(schema)
    .filter(([name]) => !left.has(name))
    .map(([name, column]) => [name, ...typeOf(column)]);
}

export function writeTable<const S extends ColumnSchema>(
  to: ByteWriter,
  schema: S,
  columns: Columns<S>,
  count: number,
  left: ReadonlySet<string> = new Set(),
): void {
  for (const [name, , width] of plain(schema, left)) {
    const values = columns[name] as Numbers;
    if (width === 1) writeNumbers(to, values, count);
    else for (let at = 0; at < width; at++) writeNumbers(to, strided(values, at, width, count), count);
  }
}

function strided(values: Numbers, at: number, width: number, count: number): Float64Array {
  const out = new Float64Array(count);
  for (let i = 0; i < count; i++) out[i] = values[i * width + at]!;
  return out;
}

/** @throws WireError */
export function readTable<const S extends ColumnSchema>(
  from: ByteReader,
  schema: S,
  count: number,
  hosts: number,
  left: ReadonlySet<string> = new Set(),
): Columns<S> {
  const columns = makeColumns(schema, count);
  const host: Range = { least: 0, most: hosts, whole: true };
  for (const [name, type, width] of plain(schema, left)) {
    const into = columns[name] as Numbers;
    const range = HOST_COLUMNS.has(name) ? host : rangeOf(name, type);
    for (let at = 0; at < width; at++) {
      const values = readNumbers(from, count, range);
      if (width === 1) into.set(values);
      else for (let i = 0; i < count; i++) into[i * width + at] = values[i]!;
    }
  }
  return columns;
}

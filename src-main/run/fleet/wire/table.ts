/** Rows of a table by its schema. */
import type { ColumnSchema, ColumnType } from '../../../meter/columns.ts';
import { rangeOf } from './ranges.ts';
import { Column, mix, type Beside, type Range } from './column.ts';
import type { ValueCoder } from './values.ts';

/** Columns that hold numbers of hosts. */
export const HOST_COLUMNS: ReadonlySet<string> = new Set(['host', 'origHost', 'respHost', 'topSender']);

export type Numbers = Uint8Array | Uint16Array | Uint32Array | Int32Array | Float32Array | Float64Array;

/** What a value is expected to be, by what stands before it in its row. */
export type Expect = (row: number) => number;

/** Where no host is expected. */
export const NOBODY = -1;

interface Field {
  column: Column;
  values: Numbers;
  width: number;
  place: number;
  range: Range;
  isSingle: boolean;
  isWhole: boolean;
  expect: Expect | undefined;
  isZero: boolean;
}

/** Numbers of the batch's list of addresses, which are given in the order in which they are met. */
export class HostCoder {
  readonly most: number;
  private readonly values: ValueCoder;
  private met = 0;

  constructor(values: ValueCoder, most: number) {
    this.values = values;
    this.most = most;
  }

  /** @throws WireError */
  host(column: Column, value: number, beside: Beside): number {
    const isNext = this.values.flag(column.part('next'), value === this.met + 1, beside);
    const host = isNext ? this.met + 1 : this.values.whole(column, value, beside);
    if (host > this.met) this.met = host;
    return this.values.check(host, { least: 0, most: this.most, whole: true });
  }
}

export interface TableOptions {
  name: string;
  schema: ColumnSchema;
  columns: Readonly<Record<string, Numbers>>;
  count: number;
  /** In the order in which they are said. */
  order: readonly string[];
  expect?: Readonly<Record<string, Expect>>;
  /** Columns after which the kind of a row is known better. */
  keys: ReadonlySet<string>;
}

/** Columns of one table, said row by row. */
export class RowCoder {
  private readonly values: ValueCoder;
  private readonly hosts: HostCoder;
  private readonly fields: readonly Field[];
  private readonly keys: ReadonlySet<string>;
  private readonly beside: Beside = { key: 0, side: 0 };

  constructor(values: ValueCoder, hosts: HostCoder, options: TableOptions) {
    this.values = values;
    this.hosts = hosts;
    this.keys = options.keys;
    this.fields = options.order.flatMap((name) => fieldsOf(name, options));
    if (options.count > 0) for (const field of this.fields) this.say(field, options.count);
  }

  /** Whether a column is zero in every row: most rare ones are. */
  private say(field: Field, count: number): void {
    const { column, values, width, place } = field;
    let isZero = true;
    if (!this.values.isReading) {
      for (let row = 0; row < count && isZero; row++) isZero = Object.is(values[row * width + place], 0);
    }
    field.isZero = this.values.flag(column.part('zero'), isZero, { key: Math.min(count, 4), side: 0 });
  }

  /** One row. @param key what is known of its kind before. @throws WireError */
  row(row: number, key: number): void {
    const { beside, values: coder } = this;
    [beside.key, beside.side] = [key, 0];
    for (const field of this.fields) {
      const { column, values, width, place } = field;
      if (field.isZero) continue;
      const at = row * width + place;
      const read = this.value(field, values[at]!, row);
      if (coder.isReading) values[at] = coder.check(read, field.range);
      beside.side = read;
      if (this.keys.has(column.name)) beside.key = mix(beside.key, read);
    }
  }

  private value(field: Field, value: number, row: number): number {
    const { column, expect, isSingle, isWhole } = field;
    const { beside, values } = this;
    if (HOST_COLUMNS.has(nameIn(column))) {
      const likely = expect?.(row) ?? NOBODY;
      if (likely !== NOBODY && values.flag(column.part('same'), value === likely, beside)) return likely;
      return this.hosts.host(column, value, beside);
    }
    if (!isWhole) {
      if (expect) return values.expected(column, value, expect(row), isSingle, beside);
      return values.real(column, value, isSingle, beside);
    }
    if (expect) {
      const expected = expect(row);
      return expected + values.signed(column, value - expected, beside);
    }
    return field.range.least < 0 ? values.signed(column, value, beside) : values.whole(column, value, beside);
  }
}

const nameIn = ({ name }: Column): string => name.slice(name.indexOf('.') + 1);

function fieldsOf(name: string, { name: table, schema, columns, expect }: TableOptions): Field[] {
  const of = schema[name]!;
  const [type, width]: [ColumnType, number] = typeof of === 'string' ? [of, 1] : [of[0], of[1]];
  const range = rangeOf(name, type);
  return Array.from({ length: width }, (_, place) => ({
    column: new Column(width === 1 ? `${table}.${name}` : `${table}.${name}.${place}`),
    values: columns[name]!,
    width,
    place,
    range,
    isSingle: type === 'f32',
    isWhole: range.whole,
    expect: expect?.[width === 1 ? name : `${name}.${place}`],
    isZero: false,
  }));
}

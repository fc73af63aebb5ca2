/** What the columns of the tables may hold: by their type, and where a column means more than its type says. */
import type { ColumnType } from '../../../meter/columns.ts';
import { CONN_STATES, HISTORY_MAX } from '../../../meter/flows/types.ts';
import type { Range } from './column.ts';

const COUNT_MAX = 2 ** 51;
/** Far beyond the year 9999, and any sum of times. */
const TIME_MAX = 1e12;

/** Of what each kind of element can say. */
const TYPES: Readonly<Record<ColumnType, Range>> = {
  f64: { least: 0, most: Number.MAX_VALUE, whole: false },
  f32: { least: 0, most: 3.4028234663852886e38, whole: false },
  u32: { least: 0, most: 2 ** 32 - 1, whole: true },
  i32: { least: -(2 ** 31), most: 2 ** 31 - 1, whole: true },
  u16: { least: 0, most: 2 ** 16 - 1, whole: true },
  u8: { least: 0, most: 255, whole: true },
};

const COUNT: Range = { least: 0, most: COUNT_MAX, whole: true };
const SECOND: Range = { least: -TIME_MAX, most: TIME_MAX, whole: true };
const NANO: Range = { least: 0, most: 999_999_999, whole: true };
const FLAG: Range = { least: 0, most: 1, whole: true };

/** By column, where it is narrower or wider than its type. */
const COLUMNS: Readonly<Record<string, Range>> = {
  id: COUNT,
  // -1: none.
  flow: { least: -1, most: COUNT_MAX, whole: true },
  parent: { least: -1, most: COUNT_MAX, whole: true },
  sec: SECOND,
  lastSec: SECOND,
  start: SECOND,
  second: SECOND,
  nano: NANO,
  lastNano: NANO,
  ipv6: FLAG,
  hasBytes: FLAG,
  flipped: FLAG,
  connState: { least: 0, most: CONN_STATES.length - 1, whole: true },
  historyLength: { least: 0, most: HISTORY_MAX, whole: true },
  end: { least: 0, most: 2, whole: true },
  kind: { least: 0, most: 3, whole: true },
  length: { least: 60, most: 600, whole: true },
  // Negative: never answered.
  responseTime: { least: -TIME_MAX, most: TIME_MAX, whole: false },
};

export function rangeOf(column: string, type: ColumnType): Range {
  return COLUMNS[column] ?? TYPES[type];
}

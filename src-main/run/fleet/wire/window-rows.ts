/** Windows and pulses of hosts: what one did in a stretch of time that many are told of together. */
import type { ColumnSchema } from '../../../meter/columns.ts';
import { hostWindowSchema, pulseSchema, type HostWindowBatch, type PulseBatch } from '../../../meter/windows/types.ts';
import { CELLS_PER_SECOND } from '../../pipeline/slices.ts';
import { RowCoder, type HostCoder, type Numbers } from './table.ts';
import type { ValueCoder } from './values.ts';

const ordered = (schema: ColumnSchema, ...first: string[]): string[] => [
  ...first,
  ...Object.keys(schema).filter((name) => !first.includes(name)),
];

export const WINDOW_ORDER = {
  windows: ordered(hostWindowSchema, 'length', 'start', 'host'),
  pulses: ordered(pulseSchema, 'second', 'host'),
} as const;

const SCHEMAS = { windows: hostWindowSchema, pulses: pulseSchema } as const;
const KEYS = new Set(['windows.length', 'windows.flowsOut', 'pulses.udpIn']);

type SayRows = (cell: number, count: number) => void;

/** Says the next rows, of one slice. */
export function makeWindowCoder(
  values: ValueCoder,
  hosts: HostCoder,
  name: 'windows' | 'pulses',
  batch: HostWindowBatch | PulseBatch,
): SayRows {
  const columns = batch.columns as unknown as Record<string, Numbers>;
  let second = 0;
  const length = columns['length'];
  const began = (row: number): number => {
    const lasted = length?.[row] ?? 1;
    return Math.floor(second / lasted) * lasted - lasted;
  };
  const expect = name === 'windows' ? { start: began } : { second: began };
  const { count } = batch;
  const table = { name, schema: SCHEMAS[name], columns, count, order: WINDOW_ORDER[name], expect, keys: KEYS };
  const rows = new RowCoder(values, hosts, table);
  let at = 0;
  return (cell, more) => {
    second = Math.floor(cell / CELLS_PER_SECOND);
    for (let left = more; left > 0; left--) rows.row(at++, 0);
  };
}

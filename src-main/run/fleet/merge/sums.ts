/**
 * Windows and pulses of a host that several sensors saw in the same stretch of time, as one row. Counts are sums. Of distinct things
 * nobody can tell which ones two sensors both saw: of hosts the sum is told (the most there can be; openers.ts knows better), of ports
 * the largest number (the least). The busiest sender is that of the busiest sensor.
 */
import type { ColumnSchema, Columns } from '../../../meter/columns.ts';
import type { hostWindowSchema, pulseSchema } from '../../../meter/windows/types.ts';
import { appendRows } from '../../pipeline/joined.ts';

interface Table<S extends ColumnSchema> {
  count: number;
  capacity: number;
  columns: Columns<S>;
}

export interface Keys<S extends ColumnSchema> {
  /** Rows that agree in these are one. */
  same: readonly (keyof S & string)[];
  /** The largest counts. */
  most: readonly (keyof S & string)[];
  /** Taken from the row where `by` is greatest. */
  best: readonly (keyof S & string)[];
  by: keyof S & string;
  /** A count of hosts, and one of them that the row names. */
  named?: readonly [count: keyof S & string, host: keyof S & string];
}

export const WINDOW_KEYS: Keys<typeof hostWindowSchema> = {
  same: ['host', 'start', 'length'],
  most: ['portsOut', 'portsIn'],
  best: ['portEntropy', 'peerEntropy'],
  by: 'flowsOut',
};

export const PULSE_KEYS: Keys<typeof pulseSchema> = {
  same: ['host', 'second'],
  most: ['sourcePortsIn', 'targetPortsIn'],
  best: ['topSender', 'topSenderPackets', 'topSourcePort', 'topTargetPort'],
  by: 'topSenderPackets',
  named: ['sendersIn', 'topSender'],
};

/** Columns that name hosts. */
const HOSTS: ReadonlySet<string> = new Set(['host', 'topSender']);

export class SumTable<S extends ColumnSchema> {
  private readonly schema: S;
  private readonly keys: Keys<S>;
  private readonly into: Table<S>;
  private readonly rows = new Map<string, number>();
  /** Rows that several sensors have, and the largest count of hosts of one of them. */
  private readonly largest = new Map<number, number>();
  private readonly added: readonly (keyof S & string)[];

  constructor(schema: S, keys: Keys<S>, into: Table<S>) {
    this.schema = schema;
    this.keys = keys;
    this.into = into;
    const special = new Set<string>([...keys.same, ...keys.most, ...keys.best]);
    this.added = Object.keys(schema).filter((name) => !special.has(name));
  }

  /** Adds a row of a sensor; `hostOf`: the number here of its host. */
  add(from: Table<S>, row: number, hostOf: (host: number) => number): void {
    const { into, keys } = this;
    const value = (name: keyof S & string): number => {
      const own = numbers(from, name)[row]!;
      return HOSTS.has(name) ? hostOf(own) : own;
    };
    const key = keys.same.map(value).join(' ');
    const known = this.rows.get(key);
    if (known === undefined) {
      this.rows.set(key, into.count);
      appendRows(this.schema, from, into, row, row + 1);
      for (const name of HOSTS) if (name in this.schema) numbers(into, name)[into.count - 1] = value(name);
      return;
    }
    if (keys.named) {
      const before = this.largest.get(known) ?? numbers(into, keys.named[0])[known]!;
      this.largest.set(known, Math.max(before, value(keys.named[0])));
    }
    this.takeBest(known, value);
    for (const name of keys.most) {
      const column = numbers(into, name);
      column[known] = Math.max(column[known]!, value(name));
    }
    for (const name of this.added) numbers(into, name)[known]! += value(name);
  }

  /** Rows that several sensors have. */
  get together(): Iterable<number> {
    return this.largest.keys();
  }

  /** There are so many hosts at least: one sensor saw them. */
  least(row: number): number {
    return this.largest.get(row) ?? 0;
  }

  /** Of the sensor where it is most; of the same host, both together. */
  private takeBest(row: number, value: (name: keyof S & string) => number): void {
    const { into, keys } = this;
    const host = keys.named?.[1];
    const [mine, theirs] = [numbers(into, keys.by)[row]!, value(keys.by)];
    const isSame = host !== undefined && numbers(into, host)[row] === value(host);
    if (theirs > mine) for (const name of keys.best) numbers(into, name)[row] = value(name);
    if (isSame) numbers(into, keys.by)[row] = mine + theirs;
  }
}

function numbers<S extends ColumnSchema>(table: Table<S>, name: keyof S & string): Float64Array {
  return table.columns[name] as Float64Array;
}

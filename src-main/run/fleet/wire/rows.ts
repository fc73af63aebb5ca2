/**
 * Rows of several slices one after the other, as they are gathered for a batch and as they come out of one. A slice is
 * a stretch of each list.
 */
import { growColumns, nextCapacity, type ColumnSchema, type Columns } from '../../../meter/columns.ts';
import {
  flowEventSchema,
  flowSchema,
  makeFlowBatch,
  makeFlowEventBatch,
  type FlowBatch,
  type FlowEventBatch,
} from '../../../meter/flows/types.ts';
import type { ProtocolMessage } from '../../../meter/protocols/types.ts';
import {
  hostWindowSchema,
  makeHostWindowBatch,
  makePulseBatch,
  pulseSchema,
  type HostWindowBatch,
  type PulseBatch,
} from '../../../meter/windows/types.ts';
import { HOST_COLUMNS } from './table.ts';
import { ROW_LISTS, type RowList, type Slice } from '../types.ts';

/** The lists that are tables. */
export const TABLES = {
  events: flowEventSchema,
  flows: flowSchema,
  windows: hostWindowSchema,
  pulses: pulseSchema,
} as const;
export type TableName = keyof typeof TABLES;
export const TABLE_NAMES = Object.keys(TABLES) as TableName[];

/** What a slice says of itself, and how many rows of each list are its own. */
export interface SliceHead extends Pick<Slice, 'number' | 'cell' | 'packets'> {
  now: number;
  rows: Record<RowList, number>;
  cards: number;
}

export interface Rows {
  heads: SliceHead[];
  events: FlowEventBatch;
  flows: FlowBatch;
  windows: HostWindowBatch;
  pulses: PulseBatch;
  messages: ProtocolMessage[];
  /** By list: place of each row in its sensor's slice. */
  order: Record<RowList, number[]>;
  cards: { host: number[]; mac: number[] };
}

export function makeRows(): Rows {
  return {
    heads: [],
    events: makeFlowEventBatch(64),
    flows: makeFlowBatch(64),
    windows: makeHostWindowBatch(64),
    pulses: makePulseBatch(64),
    messages: [],
    order: { events: [], messages: [], flows: [], windows: [], pulses: [] },
    cards: { host: [], mac: [] },
  };
}

/** Rows of so many, to be filled. */
export function makeRowsOf(heads: SliceHead[], counts: Readonly<Record<RowList, number>>): Rows {
  const rows: Rows = {
    ...makeRows(),
    heads,
    events: makeFlowEventBatch(counts.events),
    flows: makeFlowBatch(counts.flows),
    windows: makeHostWindowBatch(counts.windows),
    pulses: makePulseBatch(counts.pulses),
  };
  for (const name of TABLE_NAMES) rows[name].count = counts[name];
  return rows;
}

interface Table {
  count: number;
  capacity: number;
  columns: Columns<ColumnSchema>;
}

/** Makes room for `more` rows. */
export function grow(name: TableName, into: Rows, more: number): void {
  const table = into[name] as unknown as Table;
  const wanted = table.count + more;
  if (wanted <= table.capacity) return;
  const capacity = Math.max(wanted, nextCapacity(table.capacity, 1 << 16));
  table.columns = growColumns<ColumnSchema>(TABLES[name], table.columns, capacity);
  table.capacity = capacity;
}

/** Which rows of a table go over, and by which numbers hosts are known from now on. */
export interface Selection {
  from: number;
  to: number;
  numberOf: (host: number) => number;
}

/** Appends rows [from, to) of a table. */
export function appendRows(name: TableName, into: Rows, source: Rows[TableName], selection: Selection): void {
  const { from, to, numberOf } = selection;
  grow(name, into, to - from);
  const table = into[name] as unknown as Table;
  const [sources, targets] = [source.columns, table.columns] as Record<string, Float64Array>[];
  for (const [column, width, isHost] of SHAPES[name]) {
    const [values, target] = [sources![column]!, targets![column]!];
    const at = table.count * width;
    target.set(values.subarray(from * width, to * width), at);
    if (isHost) for (let i = at; i < at + to - from; i++) target[i] = numberOf(target[i]!);
  }
  table.count += to - from;
}

/** Columns of each table: name, elements a row, whether they are numbers of hosts. */
const SHAPES = Object.fromEntries(
  TABLE_NAMES.map((name) => [
    name,
    Object.entries(TABLES[name] as ColumnSchema).map(([column, type]) => [
      column,
      typeof type === 'string' ? 1 : type[1],
      HOST_COLUMNS.has(column),
    ]),
  ]),
) as unknown as Readonly<Record<TableName, readonly (readonly [name: string, width: number, isHost: boolean])[]>>;

/** Cuts the rows into slices, which share their memory. */
export function cut(rows: Rows): Slice[] {
  const at: Record<RowList, number> = { events: 0, messages: 0, flows: 0, windows: 0, pulses: 0 };
  let card = 0;
  return rows.heads.map((head) => {
    const from = { ...at };
    for (const list of ROW_LISTS) at[list] += head.rows[list];
    const cards = card;
    card += head.cards;
    return {
      number: head.number,
      cell: head.cell,
      packets: head.packets,
      observations: {
        events: stretch('events', rows, from, at) as FlowEventBatch,
        messages: rows.messages.slice(from.messages, at.messages),
        flows: {
          ...(stretch('flows', rows, from, at) as FlowBatch),
          meta: rows.flows.meta.slice(from.flows, at.flows),
        },
        windows: stretch('windows', rows, from, at) as HostWindowBatch,
        pulses: stretch('pulses', rows, from, at) as PulseBatch,
        now: head.now,
      },
      cards: {
        host: Uint32Array.from(rows.cards.host.slice(cards, card)),
        mac: Float64Array.from(rows.cards.mac.slice(cards, card)),
      },
      order: Object.fromEntries(
        ROW_LISTS.map((list) => [list, Uint32Array.from(rows.order[list].slice(from[list], at[list]))]),
      ) as Record<RowList, Uint32Array>,
    };
  });
}

/** Not to be written to, as nothing of a slice is. */
const NOTHING = {
  events: makeFlowEventBatch(0),
  flows: makeFlowBatch(0),
  windows: makeHostWindowBatch(0),
  pulses: makePulseBatch(0),
} as const;

type Places = Readonly<Record<RowList, number>>;

function stretch(name: TableName, rows: Rows, from: Places, to: Places): unknown {
  const [begin, end] = [from[name], to[name]];
  const count = end - begin;
  // Most slices have nothing of most tables.
  if (count === 0) return NOTHING[name];
  const columns = Object.fromEntries(
    Object.entries(TABLES[name] as ColumnSchema).map(([column, type]) => {
      const width = typeof type === 'string' ? 1 : type[1];
      const values = (rows[name].columns as Columns<ColumnSchema>)[column]!;
      return [column, values.subarray(begin * width, end * width)];
    }),
  );
  return { count, capacity: count, columns };
}

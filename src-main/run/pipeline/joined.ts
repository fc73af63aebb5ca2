/** Observations of several batches of packets as one: for slices of packet time that go on in the next batch. */
import type { Observations } from '../../detect/types.ts';
import { growColumns, type ColumnSchema, type Columns } from '../../meter/columns.ts';
import {
  flowEventSchema,
  flowSchema,
  makeFlowBatch,
  makeFlowEventBatch,
  type FlowBatch,
} from '../../meter/flows/types.ts';
import { hostWindowSchema, makeHostWindowBatch, makePulseBatch, pulseSchema } from '../../meter/windows/types.ts';

interface Table<S extends ColumnSchema> {
  count: number;
  capacity: number;
  columns: Columns<S>;
}

/** Columns of a schema with their widths: asked for with every row. */
const WIDTHS = new WeakMap<ColumnSchema, readonly (readonly [name: string, width: number])[]>();

function widthsOf(schema: ColumnSchema): readonly (readonly [name: string, width: number])[] {
  let widths = WIDTHS.get(schema);
  if (!widths) {
    widths = Object.entries(schema).map(([name, type]) => [name, typeof type === 'string' ? 1 : type[1]] as const);
    WIDTHS.set(schema, widths);
  }
  return widths;
}

/** Appends rows [from, to) of one table to another, which grows. */
export function appendRows<const S extends ColumnSchema>(
  schema: S,
  rows: Table<S>,
  into: Table<S>,
  from = 0,
  to = rows.count,
): void {
  const needed = into.count + to - from;
  if (needed > into.capacity) {
    const capacity = Math.max(needed, into.capacity * 2);
    into.columns = growColumns(schema, into.columns, capacity);
    into.capacity = capacity;
  }
  const { count } = into;
  for (const [name, width] of widthsOf(schema)) {
    const source = rows.columns[name] as Uint8Array;
    const target = into.columns[name] as Uint8Array;
    if (to - from > 1) target.set(source.subarray(from * width, to * width), count * width);
    // A view costs more than a row.
    else for (let i = 0; i < width; i++) target[count * width + i] = source[from * width + i]!;
  }
  into.count = needed;
}

/** The same of flows, with what was learned of them. */
export function appendFlowRows(rows: FlowBatch, into: FlowBatch, from = 0, to = rows.count): void {
  const start = into.count;
  appendRows(flowSchema, rows, into, from, to);
  for (let row = from; row < to; row++) into.meta[start + row - from] = rows.meta[row];
}

/** Lists of its own, empty. */
export function noObservations(): Observations & { messages: Observations['messages'][number][] } {
  return {
    events: makeFlowEventBatch(64),
    messages: [],
    flows: makeFlowBatch(16),
    windows: makeHostWindowBatch(16),
    pulses: makePulseBatch(16),
    now: 0,
  };
}

/** Gathers what belongs together; what was given may change afterwards. */
export class Joined {
  readonly seen = noObservations();

  add({ events, messages, flows, windows, pulses, now }: Observations): this {
    const { seen } = this;
    appendRows(flowEventSchema, events, seen.events);
    for (const message of messages) seen.messages.push(message);
    appendFlowRows(flows, seen.flows);
    appendRows(hostWindowSchema, windows, seen.windows);
    appendRows(pulseSchema, pulses, seen.pulses);
    seen.now = Math.max(seen.now, now);
    return this;
  }
}

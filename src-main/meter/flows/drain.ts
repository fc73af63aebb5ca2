/**
 * Ended flows out of the table: column by column, so that each column's memory is walked once. What was copied is set
 * to zero behind, so that the slot can be used again.
 */
import { growColumns, type Columns } from '../columns.ts';
import { FLOW_CONTEXT_WIDTH, flowSchema, HISTORY_MAX, type FlowBatch, type FlowMeta } from './types.ts';

type Live = Columns<typeof flowSchema>;

type Name = keyof typeof flowSchema;

/** Columns by their element type: each kind of array has a loop of its own, which V8 then compiles for it alone. */
const F64: Name[] = [];
const U32: Name[] = [];
const F32: Name[] = [];
const U16: Name[] = [];
const U8: Name[] = [];
const WIDE: [Name, number][] = [];
const LISTS: Readonly<Record<string, Name[]>> = { f64: F64, u32: U32, f32: F32, u16: U16, u8: U8 };

for (const [name, column] of Object.entries(flowSchema) as [Name, string | readonly [string, number]][]) {
  if (name === 'history' || name === 'context') continue;
  if (typeof column === 'string') LISTS[column]!.push(name);
  else WIDE.push([name, column[1]]);
}

function copyF64(from: Float64Array, to: Float64Array, slots: Int32Array, count: number, row: number): void {
  for (let i = 0; i < count; i++) {
    const slot = slots[i]!;
    to[row + i] = from[slot]!;
    from[slot] = 0;
  }
}

function copyU32(from: Uint32Array, to: Uint32Array, slots: Int32Array, count: number, row: number): void {
  for (let i = 0; i < count; i++) {
    const slot = slots[i]!;
    to[row + i] = from[slot]!;
    from[slot] = 0;
  }
}

function copyF32(from: Float32Array, to: Float32Array, slots: Int32Array, count: number, row: number): void {
  for (let i = 0; i < count; i++) {
    const slot = slots[i]!;
    to[row + i] = from[slot]!;
    from[slot] = 0;
  }
}

function copyU16(from: Uint16Array, to: Uint16Array, slots: Int32Array, count: number, row: number): void {
  for (let i = 0; i < count; i++) {
    const slot = slots[i]!;
    to[row + i] = from[slot]!;
    from[slot] = 0;
  }
}

function copyU8(from: Uint8Array, to: Uint8Array, slots: Int32Array, count: number, row: number): void {
  for (let i = 0; i < count; i++) {
    const slot = slots[i]!;
    to[row + i] = from[slot]!;
    from[slot] = 0;
  }
}

/** Signed or not: 32-bit elements are copied as they are. */
function copyWide32(
  from: Uint32Array,
  to: Uint32Array,
  width: number,
  slots: Int32Array,
  count: number,
  row: number,
): void {
  for (let i = 0; i < count; i++) {
    const source = slots[i]! * width;
    const target = (row + i) * width;
    for (let k = 0; k < width; k++) {
      to[target + k] = from[source + k]!;
      from[source + k] = 0;
    }
  }
}

function bitsOf(column: Uint32Array | Int32Array): Uint32Array {
  return column instanceof Uint32Array ? column : new Uint32Array(column.buffer, column.byteOffset, column.length);
}

function copyHistory(live: Live, to: Live, slots: Int32Array, count: number, row: number): void {
  for (let i = 0; i < count; i++) {
    const slot = slots[i]!;
    const length = live.historyLength[slot]!;
    const target = (row + i) * HISTORY_MAX;
    for (let k = 0; k < length; k++) to.history[target + k] = live.history[slot * HISTORY_MAX + k]!;
    // What a batch that is used again still holds behind the end.
    for (let k = length; k < HISTORY_MAX && to.history[target + k] !== 0; k++) to.history[target + k] = 0;
  }
}

/** Appends the flows in `slots[0…count-1]` to `into`, which grows when needed. */
export function appendFlows(
  live: Live,
  slots: Int32Array,
  count: number,
  into: FlowBatch,
  finishing: (slot: number) => FlowMeta | undefined,
): void {
  const row = into.count;
  if (row + count > into.capacity) {
    into.capacity = Math.max(into.capacity * 2, row + count);
    into.columns = growColumns(flowSchema, into.columns, into.capacity);
  }
  for (let i = 0; i < count; i++) into.meta[row + i] = finishing(slots[i]!);
  const to = into.columns;
  copyHistory(live, to, slots, count, row);
  for (const name of F64) copyF64(live[name] as Float64Array, to[name] as Float64Array, slots, count, row);
  for (const name of U32) copyU32(live[name] as Uint32Array, to[name] as Uint32Array, slots, count, row);
  for (const name of F32) copyF32(live[name] as Float32Array, to[name] as Float32Array, slots, count, row);
  for (const name of U16) copyU16(live[name] as Uint16Array, to[name] as Uint16Array, slots, count, row);
  for (const name of U8) copyU8(live[name] as Uint8Array, to[name] as Uint8Array, slots, count, row);
  for (const [name, width] of WIDE) {
    copyWide32(bitsOf(live[name] as Uint32Array), bitsOf(to[name] as Uint32Array), width, slots, count, row);
  }
  to.context.fill(0, row * FLOW_CONTEXT_WIDTH, (row + count) * FLOW_CONTEXT_WIDTH);
  into.count = row + count;
}

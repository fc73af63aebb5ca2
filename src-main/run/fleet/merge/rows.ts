/** In which order rows of several sensors stand when one had seen them all: by time, each sensor's own order kept. */
import type { RowList, Slice } from '../types.ts';
import type { Part, WholeSlice } from './feed.ts';

/** A row of one part. */
export interface Row {
  part: Part;
  row: number;
}

/** The rows of one list as the sensor had them: its shards' parts by the places that the rows stood at. */
export function ownOrder(slice: WholeSlice, list: RowList): Row[] {
  const rows: { part: Part; row: number; place: number }[] = [];
  for (const part of slice.parts) {
    const places = part.slice.order[list];
    for (let row = 0; row < places.length; row++) rows.push({ part, row, place: places[row]! });
  }
  if (slice.parts.length > 1) rows.sort((a, b) => a.place - b.place);
  return rows;
}

type TimeOf = (slice: Slice, row: number) => number;

const timed = (columns: { sec: Float64Array; nano: Uint32Array }, row: number): number =>
  columns.sec[row]! + columns.nano[row]! * 1e-9;

/** When a row happened, seconds; to compare sensors within a tenth of a second a double is exact to 0.2 µs. */
export const TIME_OF: Readonly<Record<'events' | 'messages' | 'flows', TimeOf>> = {
  events: ({ observations }, row) => timed(observations.events.columns, row),
  messages: ({ observations }, row) => observations.messages[row]!.sec + observations.messages[row]!.nano * 1e-9,
  flows: ({ observations }, row) => timed(observations.flows.columns, row),
};

interface Queue {
  rows: readonly Row[];
  at: number;
  /** Time of the row at hand, and never less than of those before it: late rows stay where the sensor had them. */
  time: number;
}

/** Rows of several sensors as one list; of the same time, those of the sensor that is named first come first. */
export function byTime(lists: readonly (readonly Row[])[], timeOf: TimeOf): readonly Row[] {
  const some = lists.filter(({ length }) => length > 0);
  if (some.length < 2) return some[0] ?? [];
  const queues: Queue[] = some.map((rows) => ({ rows, at: 0, time: timeOf(rows[0]!.part.slice, rows[0]!.row) }));
  const merged: Row[] = [];
  const total = some.reduce((sum, { length }) => sum + length, 0);
  while (merged.length < total) {
    let first: Queue | undefined;
    for (const queue of queues) {
      if (queue.at < queue.rows.length && (!first || queue.time < first.time)) first = queue;
    }
    merged.push(first!.rows[first!.at++]!);
    const next = first!.rows[first!.at];
    if (next) first!.time = Math.max(first!.time, timeOf(next.part.slice, next.row));
  }
  return merged;
}

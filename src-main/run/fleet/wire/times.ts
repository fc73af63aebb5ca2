/** Packet times, by the cell of the packets' clock that their slice is of: mostly they lie in it. */
import { CELLS_PER_SECOND } from '../../pipeline/slices.ts';
import { ALONE, type Beside, type Column } from './column.ts';
import type { ValueCoder } from './values.ts';

const NANOS = 1e9;
/** Captures mostly have microseconds. */
const MICRO = 1000;
const KIND = { MICROS: 0, NANOS: 1, FAR: 2 } as const;
/** Seconds beside the cell; what lies further is said as it is. */
const FAR_S = 2_000_000;
/** Bits of a time that are told from each other. */
const DEPTH = 3;

export interface Time {
  sec: number;
  nano: number;
}

/** Nanoseconds from the beginning of a cell. */
export function since(cell: number, { sec, nano }: Time): number {
  const second = Math.floor(cell / CELLS_PER_SECOND);
  return (sec - second) * NANOS + nano - (cell - second * CELLS_PER_SECOND) * (NANOS / CELLS_PER_SECOND);
}

function at(cell: number, nanos: number): Time {
  const second = Math.floor(cell / CELLS_PER_SECOND);
  const all = nanos + (cell - second * CELLS_PER_SECOND) * (NANOS / CELLS_PER_SECOND);
  const more = Math.floor(all / NANOS);
  return { sec: second + more, nano: all - more * NANOS };
}

/** @param guess another time of the same cell, in nanoseconds from its beginning. */
export function codeTime(
  values: ValueCoder,
  column: Column,
  time: Time,
  cell: number,
  guess: number,
  beside: Beside = ALONE,
): Time {
  const own = since(cell, time);
  // Beyond it differences are no whole numbers any more.
  const from = isNear(guess) ? guess : 0;
  const kind = values.symbol(column.part('unit'), values.isReading ? 0 : kindOf(own, from), 2, beside);
  if (kind >= KIND.FAR) {
    const sec = values.real(column.part('sec'), time.sec, false, beside);
    return { sec, nano: values.whole(column.part('nano'), time.nano, beside) };
  }
  const unit = kind === KIND.MICROS ? MICRO : 1;
  const by = values.signed(column.part(`${unit}`, DEPTH), (own - from) / unit, beside);
  return at(cell, from + by * unit);
}

const isNear = (nanos: number): boolean => Math.abs(nanos) < FAR_S * NANOS;

function kindOf(own: number, from: number): number {
  if (!isNear(own)) return KIND.FAR;
  return (own - from) % MICRO === 0 ? KIND.MICROS : KIND.NANOS;
}

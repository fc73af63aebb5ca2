/** Where the dots of a summary of contributions lie. */
import type { Attribution } from '../../../src-shared/contract/topics/lab.ts';

export const ROW = 28;
export const DOT = 2.5;
/** Dots of a row stay this far from its neighbours. */
const EDGE = 4;
/** Contributions beyond so many times the mean of the sizes are drawn by their square roots. */
const WIDE = 12;
const STEP = DOT * 1.6;
/** Of ranks, beyond which a column is said to push one way. */
const TELLING = 0.3;
const REACH = 12;
/** Width of a number at the axis. */
const NUMBER = 64;

export type Tone = 'least' | 'low' | 'middle' | 'high' | 'most' | 'none';
export type Direction = 'high' | 'low' | 'mixed';

export interface Dot {
  /** Indices into the columns that are shown, and the records. */
  column: number;
  record: number;
  x: number;
  y: number;
  tone: Tone;
}

export interface Swarm {
  dots: Dot[];
  ticks: { x: number; value: number; anchor: 'start' | 'middle' | 'end' }[];
  /** By column. */
  directions: Direction[];
  /** Drawn by square roots. */
  rooted: boolean;
}

type Column = Attribution['columns'][number];

const TONES: readonly Tone[] = ['least', 'low', 'middle', 'high', 'most'];

/** Mean ranks 0…1 of those that are numbers, null of the others. */
export function ranks(values: Column['values']): (number | null)[] {
  const numbers = values.filter((value) => typeof value === 'number').sort((a, b) => a - b);
  const last = numbers.length - 1;
  return values.map((value) => {
    if (typeof value !== 'number') return null;
    if (last < 1 || numbers[0] === numbers[last]) return 0.5;
    return (numbers.indexOf(value) + numbers.lastIndexOf(value)) / 2 / last;
  });
}

function toneOf(rank: number | null): Tone {
  return rank === null ? 'none' : TONES[Math.min(TONES.length - 1, Math.floor(rank * TONES.length))]!;
}

/** Whether high or low values push towards an alarm: Spearman's rank correlation of values and contributions. */
export function directionOf({ values, contributions }: Pick<Column, 'values' | 'contributions'>): Direction {
  const known = ranks(values);
  const at = [...known.keys()].filter((i) => known[i] !== null);
  const moved = ranks(at.map((i) => contributions[i]!));
  const [x, y] = [at.map((i) => known[i]! - 0.5), moved.map((rank) => rank! - 0.5)];
  const meanOf = (list: readonly number[]): number => list.reduce((a, b) => a + b, 0) / list.length;
  const [mx, my] = [meanOf(x), meanOf(y)];
  let [xy, xx, yy] = [0, 0, 0];
  for (let i = 0; i < x.length; i++) {
    xy += (x[i]! - mx) * (y[i]! - my);
    xx += (x[i]! - mx) ** 2;
    yy += (y[i]! - my) ** 2;
  }
  const correlation = xx > 0 && yy > 0 ? xy / Math.sqrt(xx * yy) : 0;
  return correlation > TELLING ? 'high' : correlation < -TELLING ? 'low' : 'mixed';
}

const root = (value: number): number => Math.sign(value) * Math.sqrt(Math.abs(value));

/** Between `left` and `right`, a row a column; dots that would lie on each other are stacked from the row's middle. */
export function swarm({ columns }: Pick<Attribution, 'columns'>, left: number, right: number): Swarm {
  const all = columns.flatMap(({ contributions }) => contributions);
  const sizes = all.map(Math.abs);
  const most = Math.max(...sizes, 1e-300);
  const rooted = most * sizes.length > WIDE * sizes.reduce((a, b) => a + b, 0);
  const scale = rooted ? root : (value: number): number => value;
  const [from, to] = [Math.min(0, ...all), Math.max(0, ...all)];
  const span = scale(to) - scale(from) || 1;
  const place = (value: number): number => left + ((scale(value) - scale(from)) / span) * (right - left);
  const dots = columns.flatMap((column, at) => rowOf(column, at, place));
  const zero = { value: 0, x: place(0), anchor: 'middle' as const };
  const ends = [
    { value: from, x: left, anchor: 'start' as const },
    { value: to, x: right, anchor: 'end' as const },
  ];
  return {
    dots,
    // An end whose number would be written over that of zero is left out.
    ticks: [zero, ...ends.filter(({ value, x }) => value !== 0 && Math.abs(x - zero.x) > NUMBER)],
    directions: columns.map(directionOf),
    rooted,
  };
}

function rowOf({ contributions, values }: Column, column: number, place: (value: number) => number): Dot[] {
  const known = ranks(values);
  const middle = column * ROW + ROW / 2;
  const bins = new Map<number, number[]>();
  for (const [record, value] of contributions.entries()) {
    const bin = Math.round(place(value) / (DOT * 2));
    bins.set(bin, [...(bins.get(bin) ?? []), record]);
  }
  const room = ROW / 2 - EDGE;
  return [...bins.values()].flatMap((records) => {
    // Low values below, high ones above, so that one colour does not hide another.
    const order = records.toSorted((a, b) => (known[b] ?? 0.5) - (known[a] ?? 0.5) || a - b);
    const step = records.length > 1 ? Math.min(STEP, (2 * room) / (records.length - 1)) : 0;
    return order.map((record, i) => ({
      column,
      record,
      x: place(contributions[record]!),
      y: middle + (i - (records.length - 1) / 2) * step,
      tone: toneOf(known[record] ?? null),
    }));
  });
}

/** The dot next to a point; null where none is near. */
export function nearestDot(dots: readonly Dot[], x: number, y: number): Dot | null {
  let best: Dot | null = null;
  let least = REACH ** 2;
  for (const dot of dots) {
    const square = (dot.x - x) ** 2 + (dot.y - y) ** 2;
    if (square < least) {
      least = square;
      best = dot;
    }
  }
  return best;
}

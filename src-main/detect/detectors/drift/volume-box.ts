/** The box plot of volumes (Tukey 1977): a value far out, more than three box lengths above the box. */
import { quantileOf } from './usual.ts';

const FAR_OUT = 3;

export interface Box {
  lower: number;
  median: number;
  upper: number;
  /** Beyond this a value is far out. */
  fence: number;
}

/** `least`: shortest box that is believed. @throws RangeError for no values */
export function boxOf(values: ArrayLike<number>, least: number): Box {
  if (values.length === 0) throw new RangeError('there is no box of no values');
  const sorted = Float64Array.from(values).sort();
  const [lower, median, upper] = [0.25, 0.5, 0.75].map((share) => quantileOf(sorted, share)) as [
    number,
    number,
    number,
  ];
  return { lower, median, upper, fence: upper + FAR_OUT * Math.max(least, upper - lower) };
}

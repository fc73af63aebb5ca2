/** Order statistics of small samples: quartiles, median absolute deviation, Bowley's skewness. */

/** Linear-interpolated quantile (type 7 of Hyndman & Fan 1996) of values sorted ascending; NaN when there are none. */
export function quantile(sorted: ArrayLike<number>, q: number): number {
  if (sorted.length === 0) return Number.NaN;
  const position = (sorted.length - 1) * q;
  const low = Math.floor(position);
  const high = Math.min(low + 1, sorted.length - 1);
  const a = sorted[low]!;
  return a + (sorted[high]! - a) * (position - low);
}

export interface Spread {
  count: number;
  median: number;
  q1: number;
  q3: number;
  /** Median of the absolute differences from the median. */
  mad: number;
  /** Bowley's (quartile) skewness, −1…1; 0 where the quartiles coincide with the median or each other. */
  skew: number;
  /** Most frequent value (the least of them when there are several). */
  mode: number;
}

/** Statistics of a sample; the input is not changed. */
export function spreadOf(values: Iterable<number>): Spread {
  const sorted = Float64Array.from(values).sort();
  const median = quantile(sorted, 0.5);
  const q1 = quantile(sorted, 0.25);
  const q3 = quantile(sorted, 0.75);
  const deviations = sorted.map((value) => Math.abs(value - median)).sort();
  const width = q3 - q1;
  const flat = width <= 0 || median === q1 || median === q3;
  return {
    count: sorted.length,
    median,
    q1,
    q3,
    mad: quantile(deviations, 0.5),
    skew: flat ? 0 : (q1 + q3 - 2 * median) / width,
    mode: modeOf(sorted),
  };
}

function modeOf(sorted: Float64Array): number {
  let best = Number.NaN;
  let most = 0;
  for (let i = 0; i < sorted.length;) {
    let j = i;
    while (j < sorted.length && sorted[j] === sorted[i]) j++;
    if (j - i > most) [most, best] = [j - i, sorted[i]!];
    i = j;
  }
  return best;
}

/** The last `capacity` numbers of a series. */
export class Recent {
  private readonly values: number[] = [];
  private next = 0;
  private readonly capacity: number;

  constructor(capacity: number) {
    this.capacity = capacity;
  }

  get size(): number {
    return this.values.length;
  }

  push(value: number): void {
    if (this.values.length < this.capacity) this.values.push(value);
    else this.values[this.next] = value;
    this.next = (this.next + 1) % this.capacity;
  }

  /** In no particular order. */
  all(): readonly number[] {
    return this.values;
  }
}

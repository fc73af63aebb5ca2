/** What is usual of a series: centre, spread and how much one value resembles the one before, none moved by outliers. */

/** Makes the median absolute deviation the standard deviation of a normal distribution. */
const MAD_TO_SIGMA = 1.4826;

export interface Usual {
  centre: number;
  spread: number;
  /** Lag-1 autocorrelation, 0…0.9. */
  resemblance: number;
}

export function medianOf(values: ArrayLike<number>): number {
  const sorted = Float64Array.from(values).sort();
  return quantileOf(sorted, 0.5);
}

/** Of sorted values, linear between them. */
export function quantileOf(sorted: ArrayLike<number>, share: number): number {
  const at = (sorted.length - 1) * share;
  const low = Math.floor(at);
  const a = sorted[low] ?? NaN;
  return a + ((sorted[Math.min(low + 1, sorted.length - 1)] ?? NaN) - a) * (at - low);
}

/** Median and MAD, the spread at least `least`; no NaN among the values. */
export function usualOf(values: ArrayLike<number>, least: number): Usual {
  const centre = medianOf(values);
  const off = Float64Array.from(values, (x) => Math.abs(x - centre));
  const spread = Math.max(least, MAD_TO_SIGMA * medianOf(off));
  return { centre, spread, resemblance: lagOne(values, centre, spread) };
}

/** Outliers count as three spreads. */
function lagOne(values: ArrayLike<number>, centre: number, spread: number): number {
  let [products, squares, before] = [0, 0, NaN];
  for (let i = 0; i < values.length; i++) {
    const z = Math.max(-3, Math.min(3, (values[i]! - centre) / spread));
    squares += z * z;
    if (!Number.isNaN(before)) products += z * before;
    before = z;
  }
  return squares === 0 ? 0 : Math.max(0, Math.min(0.9, products / squares));
}

/**
 * How much a series of contacts looks like a schedule, after RITA (Active Countermeasures): intervals and sizes whose
 * quartiles lie symmetrically about the median (Bowley's skewness) and close to it (median absolute deviation).
 *
 *   interval score = (1 − |skew| · min(1, jitter / 0.1) + max(0, 1 − MAD / max(median / 2, 0.5)) + occupancy) / 3
 *   size score     = (1 − |skew| + max(0, 1 − MAD / 32) + max(0, 1 − mode / 65535)) / 3
 *   score          = (interval score + size score) / 2
 *
 * `occupancy` is the share of the schedule's slots (span / median interval) in which a contact was made, at most 1.
 * Three departures from RITA: the skewness counts in full from a jitter (MAD over median) of 10 % only, for the quartiles
 * of clockwork lie anywhere within the noise of the network; the deviation of the intervals is measured against the interval itself (RITA uses 30 s for
 * all), so that a beacon of 2 s and one of an hour are judged alike, and jitter of up to half the interval is allowed
 * for; and occupancy replaces its connections per ten seconds.
 */
import { spreadOf, type Spread } from './order-statistics.ts';

/** Jitter from which the shape of the intervals says something. */
const SKEW_MATTERS = 0.1;

export interface BeaconScore {
  score: number;
  interval: Spread;
  size: Spread;
  /** MAD of the intervals over their median: 0 clockwork, 0.5 anything. */
  jitter: number;
  span: number;
}

/** `times`: seconds, ascending; `sizes`: payload bytes sent a contact (none: the size score is left out). */
export function scoreBeacon(times: readonly number[], sizes: Iterable<number>): BeaconScore {
  const gaps: number[] = [];
  for (let i = 1; i < times.length; i++) {
    const gap = times[i]! - times[i - 1]!;
    if (gap > 0) gaps.push(gap);
  }
  const interval = spreadOf(gaps);
  const size = spreadOf(sizes);
  const span = times.length > 1 ? times[times.length - 1]! - times[0]! : 0;
  if (gaps.length < 2 || !(interval.median > 0)) return { score: 0, interval, size, jitter: 1, span };
  const scale = Math.max(interval.median / 2, 0.5);
  const occupancy = Math.min(1, (gaps.length * interval.median) / span);
  const jitter = interval.mad / interval.median;
  const lean = Math.abs(interval.skew) * Math.min(1, jitter / SKEW_MATTERS);
  const timing = (1 - lean + Math.max(0, 1 - interval.mad / scale) + occupancy) / 3;
  if (size.count === 0) return { score: timing, interval, size, jitter, span };
  const sizing = (1 - Math.abs(size.skew) + Math.max(0, 1 - size.mad / 32) + Math.max(0, 1 - size.mode / 65_535)) / 3;
  return { score: (timing + sizing) / 2, interval, size, jitter, span };
}

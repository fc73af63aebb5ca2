/** What stood out, in stretches of ten seconds. */
import type { LivePoint } from '../../../src-shared/contract/topics/live.ts';
import { spanOf } from './span.ts';

/** Seconds of a bar. */
export const EACH = 10;

export interface Bucket {
  /** Middle, seconds since 1970. */
  time: number;
  anomalous: number;
  incidents: number;
}

/** Bars stand on whole tens of seconds, so that they keep their height while they move. */
export function buckets(points: readonly LivePoint[]): Bucket[] {
  const last = Math.floor((points.at(-1)?.at ?? 0) / 1000 / EACH) * EACH;
  const { seconds } = spanOf(points);
  const first = last - seconds + EACH;
  const all = Array.from({ length: seconds / EACH }, (_, i) => ({
    time: first + i * EACH + EACH / 2,
    anomalous: 0,
    incidents: 0,
  }));
  for (const { at, anomalousFlows, opened } of points) {
    const bucket = all[Math.floor((at / 1000 - first) / EACH)];
    if (!bucket) continue;
    bucket.anomalous += anomalousFlows;
    bucket.incidents += opened.critical + opened.warning + opened.info;
  }
  return all;
}

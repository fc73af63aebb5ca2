/** Buckets of the timeline as points of a chart. */

export interface Point {
  /** Middle, beginning and end of the bucket, seconds since 1970. */
  time: number;
  from: number;
  to: number;
  packets: number;
  bytes: number;
  packetRate: number;
  byteRate: number;
  flows: number;
  anomalous: number;
}

interface Buckets {
  start: number;
  width: number;
  packets: readonly number[];
  bytes: readonly number[];
  flows: readonly number[];
  anomalous: readonly number[];
}

export function pointsOf({ start, width, packets, bytes, flows, anomalous }: Buckets): Point[] {
  const seconds = Math.max(width, 1e-9);
  return packets.map((count, i) => ({
    time: start + (i + 0.5) * width,
    from: start + i * width,
    to: start + (i + 1) * width,
    packets: count,
    bytes: bytes[i] ?? 0,
    packetRate: count / seconds,
    byteRate: (bytes[i] ?? 0) / seconds,
    flows: flows[i] ?? 0,
    anomalous: anomalous[i] ?? 0,
  }));
}

/** Neighbouring points summed, so that at most `most` remain: for bars that must be wide enough to hit. */
export function coarser(points: readonly Point[], most: number): Point[] {
  const by = Math.ceil(points.length / most);
  if (by <= 1) return [...points];
  const groups = Array.from({ length: Math.ceil(points.length / by) }, (_, i) => points.slice(i * by, (i + 1) * by));
  return groups.map(merge);
}

function merge(group: readonly Point[]): Point {
  const first = group[0]!;
  const last = group.at(-1)!;
  const sum = (field: 'packets' | 'bytes' | 'flows' | 'anomalous'): number =>
    group.reduce((total, point) => total + point[field], 0);
  const seconds = Math.max(last.to - first.from, 1e-9);
  const [packets, bytes] = [sum('packets'), sum('bytes')];
  return {
    time: (first.from + last.to) / 2,
    from: first.from,
    to: last.to,
    packets,
    bytes,
    packetRate: packets / seconds,
    byteRate: bytes / seconds,
    flows: sum('flows'),
    anomalous: sum('anomalous'),
  };
}

/** Windows of a host's flows: a row and what the same host did before it. */
import type { RowPlaces } from '../matrix/types.ts';

/** Rows of a window at most. */
export const STEPS = 16;

/** Rows by host in the order of time. */
export class Histories {
  private readonly time: Float64Array;
  private readonly byHost = new Map<number, Int32Array>();

  constructor({ host, time }: RowPlaces) {
    this.time = time;
    const lists = new Map<number, number[]>();
    for (let row = 0; row < host.length; row++) {
      const list = lists.get(host[row]!);
      if (list) list.push(row);
      else lists.set(host[row]!, [row]);
    }
    for (const [one, rows] of lists) {
      this.byHost.set(
        one,
        Int32Array.from(rows).sort((a, b) => time[a]! - time[b]! || a - b),
      );
    }
  }

  /** The last `most` rows of a host that began before `time`, earliest first. */
  before(host: number, time: number, most: number): Int32Array {
    const rows = this.byHost.get(host);
    if (!rows) return new Int32Array(0);
    let [low, high] = [0, rows.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.time[rows[middle]!]! < time) low = middle + 1;
      else high = middle;
    }
    return rows.subarray(Math.max(0, low - most), low);
  }
}

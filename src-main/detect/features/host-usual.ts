/** What is usual for single hosts: medians (most frequent classes) over the flows that a host opened. */
import { FLOW_FEATURES } from '../../../src-shared/features/catalogue.ts';
import type { SampledRows } from './sample.ts';

/** Flows of a host below which nothing is known of it, and flows that are looked at. */
const LEAST_FLOWS = 12;
const MOST_FLOWS = 255;
/** Hosts whose answers are kept. */
const REMEMBERED = 256;

export class HostUsual {
  private readonly data: Float32Array;
  private readonly rows = new Map<number, number[]>();
  private readonly known = new Map<number, Float64Array | undefined>();

  /** Rows are features as `extractInto` gives them, owners host ids. `leaveOut`: flows that are not to count. */
  constructor(sample: Pick<SampledRows, 'data' | 'ids' | 'owners'>, leaveOut: (flow: number, host: number) => boolean) {
    const { ids, owners } = sample;
    this.data = sample.data;
    for (let row = 0; row < owners.length; row++) {
      if (leaveOut(ids[row]!, owners[row]!)) continue;
      const of = this.rows.get(owners[row]!);
      if (of) of.push(row);
      else this.rows.set(owners[row]!, [row]);
    }
    // Host 0 is all strangers beyond the host table together.
    this.rows.delete(0);
  }

  /** By feature; undefined where too few flows are known of the host. Up to some milliseconds the first time. */
  of(host: number): Float64Array | undefined {
    if (!this.known.has(host)) {
      if (this.known.size >= REMEMBERED) this.known.clear();
      this.known.set(host, this.find(host));
    }
    return this.known.get(host);
  }

  private find(host: number): Float64Array | undefined {
    const all = this.rows.get(host) ?? [];
    if (all.length < LEAST_FLOWS) return undefined;
    const count = Math.min(all.length, MOST_FLOWS);
    const rows = Array.from({ length: count }, (_, i) => all[Math.floor((i * all.length) / count)]!);
    const width = FLOW_FEATURES.length;
    return Float64Array.from(FLOW_FEATURES, ({ kind }, f) => {
      const values = Float32Array.from(rows, (row) => this.data[row * width + f]!).sort();
      return kind === 'categorical' ? mostFrequent(values) : values[count >> 1]!;
    });
  }
}

/** Of sorted values; the least of those that are equally frequent. */
function mostFrequent(sorted: Float32Array): number {
  let [best, most] = [sorted[0]!, 0];
  for (let from = 0; from < sorted.length;) {
    let to = from + 1;
    while (to < sorted.length && sorted[to] === sorted[from]) to++;
    if (to - from > most) [best, most] = [sorted[from]!, to - from];
    from = to;
  }
  return best;
}

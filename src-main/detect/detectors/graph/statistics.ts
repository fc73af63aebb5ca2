/**
 * What the host graph says without learning: new edges, and hosts that deal with more others than they did in earlier
 * windows. Each host is compared with its own past, or with that of all hosts while it has none.
 */
import { quantileOf } from '../drift/usual.ts';
import type { FeatureMatrix } from '../../types.ts';
import type { MatrixDetector, RowContext } from '../matrix/types.ts';
import { graphsOf, type Ends, type HostGraph } from './host-graph.ts';

export const EDGE_STATISTICS = [
  'first flow of a pair that never spoke',
  'share of new hosts among those its source asked',
  'hosts its source asked, against its past',
  'hosts that asked its target, against its past',
  'flows of the pair',
] as const;
const WIDTH = EDGE_STATISTICS.length;

/** Windows of a host that are remembered, and that make a past; and values kept of all hosts together. */
const REMEMBERED = 48;
const PAST = 3;
const POOL = 4096;
const LEAST_SPREAD = 0.5;
const MAD_TO_SIGMA = 1.4826;
/** Deviations that one statistic counts at most. */
const MOST = 10;

class History {
  private readonly hosts = new Map<number, number[]>();
  private readonly pool: number[] = [];

  /** In robust deviations from the host's own past, or from that of all; 0 where there is no past at all. */
  burst(host: number, value: number): number {
    const own = this.hosts.get(host) ?? [];
    const past = own.length >= PAST ? own : this.pool;
    if (past.length < PAST) return 0;
    const sorted = Float64Array.from(past).sort();
    const centre = quantileOf(sorted, 0.5);
    const off = sorted.map((x) => Math.abs(x - centre)).sort();
    return (value - centre) / Math.max(LEAST_SPREAD, MAD_TO_SIGMA * quantileOf(off, 0.5));
  }

  learn(host: number, value: number): void {
    const own = this.hosts.get(host);
    if (!own) this.hosts.set(host, [value]);
    else {
      own.push(value);
      if (own.length > REMEMBERED) own.shift();
    }
    if (this.pool.length < POOL) this.pool.push(value);
  }
}

/** Rows × 5, in the order of the rows; windows before a row's own are its past. */
export function edgeStatistics(ends: Ends): Float64Array {
  const out = new Float64Array(ends.time.length * WIDTH);
  const known = new Map<number, Set<number>>();
  const [asking, asked] = [new History(), new History()];
  for (const [n, graph] of graphsOf(ends, Infinity).entries()) {
    fill(graph, n === 0, out, known, asking, asked);
  }
  return out;
}

/** Distinct far ends of each host, and flows of each pair. */
function peersOf(from: Int32Array, to: Int32Array): Map<number, Map<number, number>> {
  const peers = new Map<number, Map<number, number>>();
  for (let e = 0; e < from.length; e++) {
    const own = peers.get(from[e]!) ?? new Map<number, number>();
    own.set(to[e]!, (own.get(to[e]!) ?? 0) + 1);
    peers.set(from[e]!, own);
  }
  return peers;
}

function fill(
  { rows, source, target, hosts }: HostGraph,
  isFirst: boolean,
  out: Float64Array,
  known: Map<number, Set<number>>,
  asking: History,
  asked: History,
): void {
  const sources = peersOf(source, target);
  const targets = peersOf(target, source);
  const level = (peers: Map<number, number>): number => Math.log2(1 + peers.size);
  const outBurst = new Map([...sources].map(([u, peers]) => [u, asking.burst(hosts[u]!, level(peers))]));
  const inBurst = new Map([...targets].map(([v, peers]) => [v, asked.burst(hosts[v]!, level(peers))]));
  const isNew = (u: number, v: number): boolean => !isFirst && !known.get(hosts[u]!)?.has(hosts[v]!);
  const newShare = new Map(
    [...sources].map(([u, peers]) => [u, [...peers.keys()].filter((v) => isNew(u, v)).length / peers.size]),
  );
  const told = new Set<number>();
  for (let e = 0; e < rows.length; e++) {
    const [u, v, at] = [source[e]!, target[e]!, rows[e]! * WIDTH];
    const pair = u * hosts.length + v;
    out[at] = isNew(u, v) && !told.has(pair) ? 1 : 0;
    told.add(pair);
    out[at + 1] = newShare.get(u)!;
    out[at + 2] = outBurst.get(u)!;
    out[at + 3] = inBurst.get(v)!;
    out[at + 4] = Math.log2(sources.get(u)!.get(v)!);
  }
  for (const [u, peers] of sources) {
    asking.learn(hosts[u]!, level(peers));
    const mine = known.get(hosts[u]!) ?? new Set<number>();
    for (const v of peers.keys()) mine.add(hosts[v]!);
    known.set(hosts[u]!, mine);
  }
  for (const [v, peers] of targets) asked.learn(hosts[v]!, level(peers));
}

/** Sum of squares of how far each statistic lies above its mean, in standard deviations: only more is unusual. */
export class GraphStatistics implements MatrixDetector {
  readonly id = 'graph-statistics';
  readonly view = 'plain';
  readonly minimumRows = 48;
  readonly needs = 'hosts';
  private means: Float64Array | undefined;
  private readonly spreads = new Float64Array(WIDTH);

  fit(_matrix: FeatureMatrix, _seed: number, _attack?: Uint8Array, { ends }: RowContext = {}): void {
    if (!ends) throw new RangeError(`${this.id} needs hosts`);
    const rows = ends.time.length;
    const values = edgeStatistics(ends);
    this.means = new Float64Array(WIDTH);
    for (let i = 0; i < values.length; i++) this.means[i % WIDTH]! += values[i]! / rows;
    this.spreads.fill(0);
    for (let i = 0; i < values.length; i++)
      this.spreads[i % WIDTH]! += (values[i]! - this.means[i % WIDTH]!) ** 2 / rows;
    for (let j = 0; j < WIDTH; j++) this.spreads[j] = Math.max(0.1, Math.sqrt(this.spreads[j]!));
  }

  score(_matrix: FeatureMatrix, { ends }: RowContext = {}): Float64Array {
    if (!this.means || !ends) throw new RangeError(`${this.id} needs hosts, and to have learned`);
    const values = edgeStatistics(ends);
    const out = new Float64Array(ends.time.length);
    for (let i = 0; i < values.length; i++) {
      const j = i % WIDTH;
      const z = Math.max(0, Math.min(MOST, (values[i]! - this.means[j]!) / this.spreads[j]!));
      out[Math.floor(i / WIDTH)]! += (z * z) / WIDTH;
    }
    return out;
  }
}

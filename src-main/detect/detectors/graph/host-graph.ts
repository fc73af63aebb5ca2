/**
 * The host graph of a window: hosts are nodes, flows are edges from who opened to who answered. Addresses only say which
 * flows meet at one host; no number derived from an address is a feature.
 */

/** Who spoke with whom and when, one entry a row. */
export interface Ends {
  /** Numbers of hosts, in no order that means anything. */
  source: Int32Array;
  target: Int32Array;
  /** Seconds. */
  time: Float64Array;
}

/** Hosts of one graph; the others of a larger window become one node, "everyone else". */
export const MOST_HOSTS = 2000;
/** Seconds of a window. */
export const WINDOW_SECONDS = 3600;

export interface HostGraph {
  /** Start of the window, seconds. */
  start: number;
  /** Rows of the flows that are its edges. */
  rows: Int32Array;
  /** Node of each edge's ends. */
  source: Int32Array;
  target: Int32Array;
  nodes: number;
  /** Host number of each node; −1: everyone else. */
  hosts: Int32Array;
  /** Hosts that were put together as everyone else. */
  pooled: number;
}

/** Windows in the order of time. `most`: hosts told apart in one; those of the greatest risk are. */
export function graphsOf(ends: Ends, most = MOST_HOSTS, seconds = WINDOW_SECONDS): HostGraph[] {
  const byWindow = new Map<number, number[]>();
  for (let row = 0; row < ends.time.length; row++) {
    const window = Math.floor(ends.time[row]! / seconds);
    const rows = byWindow.get(window);
    if (rows) rows.push(row);
    else byWindow.set(window, [row]);
  }
  return [...byWindow]
    .sort(([a], [b]) => a - b)
    .map(([window, rows]) => graphOf(ends, window * seconds, Int32Array.from(rows), most));
}

function graphOf(ends: Ends, start: number, rows: Int32Array, most: number): HostGraph {
  const nodeOf = new Map<number, number>();
  for (const row of rows) {
    for (const host of [ends.source[row]!, ends.target[row]!]) if (!nodeOf.has(host)) nodeOf.set(host, nodeOf.size);
  }
  const kept = nodeOf.size > most ? riskiest(ends, rows, most) : [...nodeOf.keys()];
  const pooled = nodeOf.size - kept.length;
  nodeOf.clear();
  for (const host of kept) nodeOf.set(host, nodeOf.size);
  const everyoneElse = kept.length;
  const node = (host: number): number => nodeOf.get(host) ?? everyoneElse;
  return {
    start,
    rows,
    source: Int32Array.from(rows, (row) => node(ends.source[row]!)),
    target: Int32Array.from(rows, (row) => node(ends.target[row]!)),
    nodes: kept.length + (pooled > 0 ? 1 : 0),
    hosts: Int32Array.from([...kept, ...(pooled > 0 ? [-1] : [])]),
    pooled,
  };
}

/**
 * Risk of a host before anything is scored: how many others it dealt with, then how many flows it took part in, since
 * scans, sweeps, floods and worms all show there. Hosts with one flow to a host that is kept lose nothing but their name.
 */
function riskiest(ends: Ends, rows: Int32Array, most: number): number[] {
  const peers = new Map<number, Set<number>>();
  const flows = new Map<number, number>();
  for (const row of rows) {
    const [a, b] = [ends.source[row]!, ends.target[row]!];
    for (const [host, other] of [
      [a, b],
      [b, a],
    ] as const) {
      const known = peers.get(host);
      if (known) known.add(other);
      else peers.set(host, new Set([other]));
      flows.set(host, (flows.get(host) ?? 0) + 1);
    }
  }
  const order = [...peers.keys()].map((host, seen) => ({ host, seen }));
  order.sort(
    (a, b) =>
      peers.get(b.host)!.size - peers.get(a.host)!.size || flows.get(b.host)! - flows.get(a.host)! || a.seen - b.seen,
  );
  return order.slice(0, most).map(({ host }) => host);
}

/** Features of a node: log2(1 + x) of flows opened, flows answered, hosts asked, hosts that asked. Nodes × 4. */
export const NODE_FEATURES = ['flows opened', 'flows taken', 'hosts asked', 'hosts that asked'] as const;
export const NODE_WIDTH = NODE_FEATURES.length;

export function nodeFeatures({ nodes, source, target }: HostGraph): Float64Array {
  const out = new Float64Array(nodes * NODE_WIDTH);
  const asked = new Set<number>();
  for (let e = 0; e < source.length; e++) {
    const [u, v] = [source[e]!, target[e]!];
    out[u * NODE_WIDTH]!++;
    out[v * NODE_WIDTH + 1]!++;
    const pair = u * nodes + v;
    if (asked.has(pair)) continue;
    asked.add(pair);
    out[u * NODE_WIDTH + 2]!++;
    out[v * NODE_WIDTH + 3]!++;
  }
  for (let i = 0; i < out.length; i++) out[i] = Math.log2(1 + out[i]!);
  return out;
}

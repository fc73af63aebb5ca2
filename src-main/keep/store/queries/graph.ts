/** Who talks to whom: hosts, edges, and the groups they fall into. */
import type Database from 'better-sqlite3';
import type { Graph } from '../../../../src-shared/contract/topics/common.ts';
import { FAILED_STATES, isLocalHost, ourNetworks, selected, type Placed, type Selection } from './common.ts';
import { EdgeSums } from './edges.ts';

/** Edges drawn for one node at most, on average: more are a blur. */
const EDGES_PER_NODE = 8;
const ROUNDS = 12;

/**
 * Label propagation (Raghavan et al. 2007), weighted by bytes (log), in a fixed order so that the same graph always
 * falls into the same groups. Labels by node.
 */
function communities(count: number, edges: readonly { from: number; to: number; bytes: number }[]): number[] {
  const labels = Array.from({ length: count }, (_, n) => n);
  const near: [node: number, weight: number][][] = labels.map(() => []);
  for (const { from, to, bytes } of edges) {
    if (from === to) continue;
    const weight = Math.log2(2 + bytes);
    near[from]!.push([to, weight]);
    near[to]!.push([from, weight]);
  }
  for (let round = 0; round < ROUNDS; round++) {
    let moved = 0;
    for (let node = 0; node < count; node++) {
      const sums = new Map<number, number>();
      for (const [other, weight] of near[node]!) sums.set(labels[other]!, (sums.get(labels[other]!) ?? 0) + weight);
      let best = labels[node]!;
      for (const [label, sum] of sums) {
        const leading = sums.get(best) ?? 0;
        if (sum > leading || (sum === leading && label < best)) best = label;
      }
      if (best !== labels[node]) moved++;
      labels[node] = best;
    }
    if (moved === 0) break;
  }
  return numbered(labels);
}

/** Labels from 0, largest group first. */
function numbered(labels: readonly number[]): number[] {
  const sizes = new Map<number, number>();
  for (const label of labels) sizes.set(label, (sizes.get(label) ?? 0) + 1);
  const order = [...sizes.keys()].sort((a, b) => sizes.get(b)! - sizes.get(a)! || a - b);
  const place = new Map(order.map((label, n) => [label, n]));
  return labels.map((label) => place.get(label)!);
}

/** Edges between hosts, summed here: SQLite would sort all flows to group them, which takes three times as long. */
function sumEdges(db: Database.Database, selection: Selection): EdgeSums {
  const where = selected(selection);
  const sums = new EdgeSums();
  const rows = db
    .prepare(
      `SELECT f.orig_host, f.resp_host, f.orig_ip_bytes + f.resp_ip_bytes, f.conn_state IN (${FAILED_STATES.join(', ')}), f.anomalous
       FROM flows f WHERE ${where.sql} AND watch()`,
    )
    .raw()
    .iterate(where.params) as Iterable<[orig: number, resp: number, bytes: number, failed: number, anomalous: number]>;
  for (const row of rows) sums.add(row[0], row[1], row[2], row[3], row[4]);
  return sums;
}

/** The `limit` hosts of most bytes in the selection and the edges between them. */
export function graphOf(db: Database.Database, selection: Selection, limit: number): Graph {
  const edges = sumEdges(db, selection);
  const sums = edges.hosts();
  const chosen = [...sums].sort((a, b) => b[1].bytes - a[1].bytes || a[0] - b[0]).slice(0, limit);
  const place = new Map(chosen.map(([host], n) => [host, n]));
  const drawn = edges
    .edges(place)
    .sort((a, b) => b.bytes - a.bytes || a.orig - b.orig || a.resp - b.resp)
    .slice(0, limit * EDGES_PER_NODE)
    .map(({ orig, resp, flows, bytes, failed, anomalous }) => ({
      from: place.get(orig)!,
      to: place.get(resp)!,
      flows,
      bytes,
      failed,
      anomalous,
    }));
  const groups = communities(chosen.length, drawn);
  const networks = ourNetworks(db, selection.capture);
  const lookUp = db.prepare('SELECT address, address_bytes, bytes_out, risk FROM hosts WHERE capture = ? AND host = ?');
  const nodes = chosen.map(([host, { flows, bytes }], n) => {
    const known = lookUp.get(selection.capture, host) as (Placed & { address: string; risk: number }) | undefined;
    const local = known !== undefined && isLocalHost(networks, known);
    // Host 0 stands for all addresses beyond the ceiling of the host table.
    return { address: known?.address ?? 'others', local, risk: known?.risk ?? 0, flows, bytes, community: groups[n]! };
  });
  return { nodes, edges: drawn, nodesTotal: sums.size, edgesTotal: edges.size };
}

/** Who talked to whom in an incident, as two columns: those that began, those that were spoken to. */
import type { Graph } from '../../../src-shared/contract/topics/common.ts';

export interface Placed {
  node: number;
  address: string;
  risk: number;
  y: number;
}

export interface WhoLayout {
  left: Placed[];
  right: Placed[];
  /** Hosts of each column beyond those placed. */
  leftMore: number;
  rightMore: number;
  edges: { from: Placed; to: Placed; flows: number; bytes: number; anomalous: number }[];
  height: number;
}

const ROW = 24;

/** At most `most` hosts a column, those of most bytes first. A host of both columns stands in both. */
export function layOutWho(graph: Graph, most: number): WhoLayout {
  const origins = new Set(graph.edges.map(({ from }) => from));
  const targets = new Set(graph.edges.map(({ to }) => to));
  const ranked = graph.nodes.map((node, i) => ({ ...node, i })).sort((a, b) => b.bytes - a.bytes || a.i - b.i);
  const column = (members: ReadonlySet<number>): Placed[] =>
    ranked
      .filter(({ i }) => members.has(i))
      .slice(0, most)
      .map(({ i, address, risk }, row) => ({ node: i, address, risk, y: row * ROW + ROW / 2 }));
  const [left, right] = [column(origins), column(targets)];
  const rows = Math.max(left.length, right.length);
  centre(left, rows);
  centre(right, rows);
  const [atLeft, atRight] = [left, right].map((list) => new Map(list.map((placed) => [placed.node, placed])));
  const edges = graph.edges.flatMap(({ from, to, flows, bytes, anomalous }) => {
    const [a, b] = [atLeft?.get(from), atRight?.get(to)];
    return a && b ? [{ from: a, to: b, flows, bytes, anomalous }] : [];
  });
  return {
    left,
    right,
    leftMore: origins.size - left.length,
    rightMore: targets.size - right.length,
    edges,
    height: Math.max(1, rows) * ROW,
  };
}

function centre(column: Placed[], rows: number): void {
  const by = ((rows - column.length) * ROW) / 2;
  for (const placed of column) placed.y += by;
}

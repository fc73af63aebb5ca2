/**
 * Places hosts: each community a disc, largest in the middle, hosts within it on a sunflower spiral, most bytes first.
 * The same graph always looks the same, and nothing moves: no simulation runs. 2,000 hosts: 20 to 60 ms.
 */
import type { Graph } from '../../../src-shared/contract/topics/common.ts';

export interface Circle {
  x: number;
  y: number;
  r: number;
}

export interface GraphLayout {
  /** By place in `graph.nodes`. */
  nodes: Circle[];
  /** By number of the community. */
  communities: Circle[];
}

const LEAST_RADIUS = 3;
const MOST_RADIUS = 14;
const GOLDEN = Math.PI * (3 - Math.sqrt(5));
const GAP = 16;
/** Hosts of a community that others keep clear of. */
const LARGE = 60;

/** Radius of a host: its area grows with its bytes. */
export function radiusOf(bytes: number, most: number): number {
  return most > 0 ? LEAST_RADIUS + (MOST_RADIUS - LEAST_RADIUS) * Math.sqrt(Math.max(0, bytes) / most) : LEAST_RADIUS;
}

/** `aspect`: width by height of the window it is for. */
export function layOut(graph: Graph, aspect = 1.5): GraphLayout {
  const most = graph.nodes.reduce((max, { bytes }) => Math.max(max, bytes), 0);
  const groups = new Map<number, number[]>();
  for (const [i, { community }] of graph.nodes.entries()) groups.set(community, [...(groups.get(community) ?? []), i]);
  const nodes: Circle[] = graph.nodes.map(({ bytes }) => ({ x: 0, y: 0, r: radiusOf(bytes, most) }));
  const sizes = [...groups].map(([community, members]) => ({ community, members, r: spiral(members, graph, nodes) }));
  sizes.sort((a, b) => b.r - a.r || a.community - b.community);
  const communities: Circle[] = [];
  const placed: Circle[] = [];
  for (const { community, members, r } of sizes) {
    const circle = free(r, placed, aspect);
    placed.push(circle);
    communities[community] = circle;
    for (const i of members) {
      nodes[i]!.x += circle.x;
      nodes[i]!.y += circle.y;
    }
  }
  return { nodes, communities };
}

/** Places the members around the origin; answers the radius of their disc. */
function spiral(members: number[], graph: Graph, nodes: Circle[]): number {
  members.sort((a, b) => graph.nodes[b]!.bytes - graph.nodes[a]!.bytes || a - b);
  let area = 0;
  let radius = 0;
  for (const [rank, i] of members.entries()) {
    const node = nodes[i]!;
    const side = node.r * 2 + 5;
    area += side * side;
    let distance = rank === 0 ? 0 : Math.sqrt(area / Math.PI) + node.r * 0.5;
    const [x, y] = [Math.cos(rank * GOLDEN), Math.sin(rank * GOLDEN)];
    // Only the large ones reach over the spiral's own distances.
    const large = members
      .slice(0, Math.min(rank, LARGE))
      .map((j) => nodes[j]!)
      .filter(({ r }) => r > 2 * LEAST_RADIUS);
    const over = (c: Circle): boolean => Math.hypot(c.x - x * distance, c.y - y * distance) < c.r + node.r + 2;
    while (large.some(over)) distance += 1;
    node.x = x * distance;
    node.y = y * distance;
    radius = Math.max(radius, distance + node.r);
  }
  return radius + 4;
}

/** The place nearest to the middle, on a spiral outwards, where a disc touches no other. */
function free(r: number, placed: readonly Circle[], aspect: number): Circle {
  for (let step = 0; step < 20_000; step++) {
    const distance = 3 * Math.sqrt(step);
    const [x, y] = [Math.cos(step * 0.35) * distance * aspect, Math.sin(step * 0.35) * distance];
    if (placed.every((other) => Math.hypot(other.x - x, other.y - y) >= other.r + r + GAP)) return { x, y, r };
  }
  const right = placed.reduce((max, other) => Math.max(max, other.x + other.r), 0);
  return { x: right + r + GAP, y: 0, r };
}

/** What shows all of it in a window: scale and shift. */
export function fit(
  circles: readonly Circle[],
  width: number,
  height: number,
): { scale: number; x: number; y: number } {
  if (circles.length === 0 || width <= 0 || height <= 0) return { scale: 1, x: width / 2, y: height / 2 };
  const left = Math.min(...circles.map(({ x, r }) => x - r));
  const right = Math.max(...circles.map(({ x, r }) => x + r));
  const top = Math.min(...circles.map(({ y, r }) => y - r));
  const bottom = Math.max(...circles.map(({ y, r }) => y + r));
  const scale = Math.min(2.5, (width - 64) / Math.max(1, right - left), (height - 64) / Math.max(1, bottom - top));
  return { scale, x: width / 2 - ((left + right) / 2) * scale, y: height / 2 - ((top + bottom) / 2) * scale };
}

/** The host at a place of the drawing, the smallest where several lie there; -1: none. */
export function nodeAt(nodes: readonly Circle[], x: number, y: number, slack: number): number {
  let found = -1;
  for (const [i, node] of nodes.entries()) {
    if (Math.hypot(node.x - x, node.y - y) <= node.r + slack && (found < 0 || node.r < nodes[found]!.r)) found = i;
  }
  return found;
}

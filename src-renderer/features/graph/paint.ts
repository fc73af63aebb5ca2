/** Draws the graph. 2,000 hosts and 10,000 edges: below 16 ms. */
import type { Graph } from '../../../src-shared/contract/topics/common.ts';
import { riskLevel } from '../../lib/severity.ts';
import type { GraphLayout } from './layout.ts';

export interface View {
  scale: number;
  x: number;
  y: number;
}

export interface Palette {
  edge: string;
  anomalous: string;
  disc: string;
  text: string;
  accent: string;
  risk: Record<ReturnType<typeof riskLevel>, string>;
}

/** Labels: the hosts that carry most, when there is room for them. */
const LABELS = 40;
const LABEL_FROM = 7;

export function paletteOf(element: Element): Palette {
  const style = getComputedStyle(element);
  const colour = (name: string): string => style.getPropertyValue(name).trim();
  return {
    edge: colour('--series-2'),
    anomalous: colour('--anomaly'),
    disc: colour('--sunken'),
    text: colour('--text'),
    accent: colour('--accent'),
    risk: {
      high: colour('--critical'),
      raised: colour('--warning-mark'),
      low: colour('--series-1'),
      none: colour('--series-2'),
    },
  };
}

/** `chosen`: the host whose neighbours stand out, -1: none. */
export function paint(
  context: CanvasRenderingContext2D,
  graph: Graph,
  layout: GraphLayout,
  view: View,
  palette: Palette,
  chosen: number,
): void {
  context.save();
  context.translate(view.x, view.y);
  context.scale(view.scale, view.scale);
  context.fillStyle = palette.disc;
  for (const disc of layout.communities) {
    if (disc) circle(context, disc.x, disc.y, disc.r);
  }
  edges(context, graph, layout, view, palette, chosen);
  hosts(context, graph, layout, palette, chosen);
  context.restore();
  labels(context, graph, layout, view, palette, chosen);
}

function circle(context: CanvasRenderingContext2D, x: number, y: number, r: number): void {
  context.beginPath();
  context.arc(x, y, r, 0, 2 * Math.PI);
  context.fill();
}

function edges(
  context: CanvasRenderingContext2D,
  graph: Graph,
  layout: GraphLayout,
  view: View,
  palette: Palette,
  chosen: number,
): void {
  const most = graph.edges.reduce((max, { bytes }) => Math.max(max, bytes), 1);
  for (const { from, to, bytes, anomalous } of graph.edges) {
    const own = from === chosen || to === chosen;
    context.globalAlpha = chosen < 0 ? 0.35 : own ? 0.9 : 0.06;
    context.strokeStyle = anomalous > 0 ? palette.anomalous : palette.edge;
    context.lineWidth = (0.5 + 2 * (Math.log1p(bytes) / Math.log1p(most))) / Math.max(0.4, view.scale);
    const [a, b] = [layout.nodes[from]!, layout.nodes[to]!];
    context.beginPath();
    context.moveTo(a.x, a.y);
    context.lineTo(b.x, b.y);
    context.stroke();
  }
  context.globalAlpha = 1;
}

function hosts(
  context: CanvasRenderingContext2D,
  graph: Graph,
  layout: GraphLayout,
  palette: Palette,
  chosen: number,
): void {
  const near = neighbours(graph, chosen);
  for (const [i, { risk, local }] of graph.nodes.entries()) {
    const { x, y, r } = layout.nodes[i]!;
    context.globalAlpha = chosen < 0 || near.has(i) ? 1 : 0.25;
    context.fillStyle = palette.risk[riskLevel(risk)];
    // Ours are squares, others circles: told apart without colour.
    if (local) context.fillRect(x - r * 0.9, y - r * 0.9, r * 1.8, r * 1.8);
    else circle(context, x, y, r);
    if (i === chosen) {
      context.strokeStyle = palette.accent;
      context.lineWidth = 2;
      context.strokeRect(x - r - 3, y - r - 3, r * 2 + 6, r * 2 + 6);
    }
  }
  context.globalAlpha = 1;
}

export function neighbours(graph: Graph, of: number): Set<number> {
  const near = new Set<number>(of < 0 ? [] : [of]);
  for (const { from, to } of graph.edges) {
    if (from === of) near.add(to);
    if (to === of) near.add(from);
  }
  return near;
}

function labels(
  context: CanvasRenderingContext2D,
  graph: Graph,
  layout: GraphLayout,
  view: View,
  palette: Palette,
  chosen: number,
): void {
  const near = neighbours(graph, chosen);
  context.font = '11px Inter, system-ui, sans-serif';
  context.fillStyle = palette.text;
  context.textBaseline = 'middle';
  const ranked = graph.nodes.map((node, i) => ({ ...node, i })).sort((a, b) => b.risk - a.risk || b.bytes - a.bytes);
  const taken: { x: number; y: number }[] = [];
  for (const { address, i } of ranked) {
    if (taken.length >= LABELS) break;
    const node = layout.nodes[i]!;
    if (chosen >= 0 ? !near.has(i) : node.r * view.scale < LABEL_FROM) continue;
    const [x, y] = [node.x * view.scale + view.x + node.r * view.scale + 4, node.y * view.scale + view.y];
    if (taken.some((other) => Math.abs(other.y - y) < 13 && Math.abs(other.x - x) < 110)) continue;
    taken.push({ x, y });
    context.fillText(address, x, y);
  }
}

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
  /** Around letters, so that they can be read over anything. */
  halo: string;
  accent: string;
  risk: Record<ReturnType<typeof riskLevel>, string>;
}

/** Labels: the hosts that carry most, when there is room for them. */
const LABELS = 40;
const LABEL_FROM = 7;
/** Edges up to which each is drawn at its full strength. */
const SPARSE = 400;

export function paletteOf(element: Element): Palette {
  const style = getComputedStyle(element);
  const colour = (name: string): string => style.getPropertyValue(name).trim();
  return {
    edge: colour('--series-2'),
    anomalous: colour('--anomaly'),
    disc: colour('--sunken'),
    text: colour('--text'),
    halo: colour('--surface'),
    accent: colour('--accent'),
    risk: {
      high: colour('--critical'),
      raised: colour('--warning-mark'),
      low: colour('--series-1'),
      none: colour('--series-2'),
    },
  };
}

/** `chosen`: the host whose neighbours stand out, -1: none. `width`: of the drawing, in pixels. */
export function paint(
  context: CanvasRenderingContext2D,
  graph: Graph,
  layout: GraphLayout,
  view: View,
  palette: Palette,
  chosen: number,
  width: number,
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
  labels(context, graph, layout, { view, palette, chosen, width });
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
  // Thousands of lines over each other would hide the hosts.
  const crowd = Math.min(1, Math.sqrt(SPARSE / Math.max(1, graph.edges.length)));
  for (const { from, to, bytes, anomalous } of graph.edges) {
    const own = from === chosen || to === chosen;
    context.globalAlpha = chosen < 0 ? Math.max(0.06, 0.35 * crowd) : own ? 0.9 : 0.06;
    context.strokeStyle = anomalous > 0 ? palette.anomalous : palette.edge;
    context.lineWidth =
      ((0.5 + 2 * (Math.log1p(bytes) / Math.log1p(most))) * (own ? 1 : crowd)) / Math.max(0.4, view.scale);
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

interface LabelOptions {
  view: View;
  palette: Palette;
  chosen: number;
  width: number;
}

const LINE = 13;
/** A little risk more is no reason to be named before a host of far more bytes. */
const urgency = (risk: number): number => ({ high: 2, raised: 1, low: 0, none: 0 })[riskLevel(risk)];

/** Those at risk first, then those of most bytes; none over another, none beyond the right edge. */
function labels(
  context: CanvasRenderingContext2D,
  graph: Graph,
  layout: GraphLayout,
  { view, palette, chosen, width }: LabelOptions,
): void {
  const near = neighbours(graph, chosen);
  context.font = '11px Inter, system-ui, sans-serif';
  context.fillStyle = palette.text;
  context.strokeStyle = palette.halo;
  context.lineWidth = 3;
  context.lineJoin = 'round';
  context.textBaseline = 'middle';
  const ranked = graph.nodes
    .map((node, i) => ({ ...node, i }))
    .sort((a, b) => urgency(b.risk) - urgency(a.risk) || b.bytes - a.bytes);
  const taken: LabelPlace[] = [];
  for (const { address, risk, i } of ranked) {
    if (taken.length >= LABELS) break;
    const node = layout.nodes[i]!;
    const small = node.r * view.scale < LABEL_FROM && !['high', 'raised'].includes(riskLevel(risk));
    if (chosen >= 0 ? !near.has(i) : small) continue;
    const at = { x: node.x * view.scale + view.x, y: node.y * view.scale + view.y, r: node.r * view.scale };
    const place = labelPlaces(at, context.measureText(address).width).find(
      ({ left, right, y }) =>
        right <= width && !taken.some((t) => Math.abs(t.y - y) < LINE && left < t.right + 4 && right > t.left - 4),
    );
    if (!place) continue;
    taken.push(place);
    context.strokeText(address, place.left, place.y);
    context.fillText(address, place.left, place.y);
  }
}

interface LabelPlace {
  left: number;
  right: number;
  /** Middle of the line. */
  y: number;
}

/** Where a name may stand beside its host, the best first: right, left, under and over it. */
function labelPlaces({ x, y, r }: { x: number; y: number; r: number }, size: number): LabelPlace[] {
  const gap = r + 4;
  const place = (left: number, at: number): LabelPlace => ({ left, right: left + size, y: at });
  return [
    place(x + gap, y),
    place(x - gap - size, y),
    place(x - size / 2, y + r + LINE / 2 + 1),
    place(x - size / 2, y - r - LINE / 2 - 1),
  ];
}

/**
 * A graph attention autoencoder, forward and backward by hand, in doubles. One layer of attention (Veličković et al., ICLR
 * 2018) over flows with features: a message of a flow is its own embedding plus that of the host at its other end; each
 * host weighs the messages of flows it opened, and apart from them those it answered. From these two sums of its ends
 * every flow's features, every host's features and whether a pair speaks at all are reconstructed.
 *
 * Costs about 3 × (F·D + 2·D·H + H·F) multiply-adds a flow and round; F features, D = 16, H = 32.
 */
import { randomSource } from '../../features/random.ts';
import { NODE_WIDTH } from './host-graph.ts';

export const EMBEDDING = 16;
export const HIDDEN = 32;
const SLOPE = 0.2;
/** Weights of the host features and of the pairs in the loss; the flows' features count 1. */
const NODE_LOSS = 0.3;
const LINK_LOSS = 0.1;

const D = EMBEDDING;
const H = HIDDEN;
const N = NODE_WIDTH;

/** What it computes from: edges × F, nodes × 4, both scaled; ends as nodes; for each edge a node it did not speak with. */
export interface GraphInput {
  edges: number;
  nodes: number;
  features: Float64Array;
  nodeFeatures: Float64Array;
  source: Int32Array;
  target: Int32Array;
  stranger: Int32Array;
}

/** Where each parameter begins in one array. */
export interface Layout {
  features: number;
  size: number;
  at: Readonly<Record<Part, number>>;
}

type Part =
  | 'edge'
  | 'edgeBias'
  | 'node'
  | 'nodeBias'
  | 'outMessage'
  | 'outSelf'
  | 'inMessage'
  | 'inSelf'
  | 'hidden'
  | 'hiddenBias'
  | 'output'
  | 'outputBias'
  | 'host'
  | 'hostBias'
  | 'link'
  | 'linkBias';

export function layoutOf(features: number): Layout {
  const sizes: [Part, number][] = [
    ['edge', features * D],
    ['edgeBias', D],
    ['node', N * D],
    ['nodeBias', D],
    ['outMessage', D],
    ['outSelf', D],
    ['inMessage', D],
    ['inSelf', D],
    ['hidden', 2 * D * H],
    ['hiddenBias', H],
    ['output', H * features],
    ['outputBias', features],
    ['host', 2 * D * N],
    ['hostBias', N],
    ['link', D],
    ['linkBias', 1],
  ];
  const at = {} as Record<Part, number>;
  let size = 0;
  for (const [part, length] of sizes) {
    at[part] = size;
    size += length;
  }
  return { features, size, at };
}

/** Glorot's uniform weights, no biases. */
export function startingParameters(layout: Layout, seed: number): Float64Array {
  const { features: F, at, size } = layout;
  const random = randomSource(seed, 811);
  const p = new Float64Array(size);
  const draw = (part: Part, into: number, out: number): void => {
    const most = Math.sqrt(6 / (into + out));
    for (let i = 0; i < into * out; i++) p[at[part] + i] = (2 * random() - 1) * most;
  };
  draw('edge', F, D);
  draw('node', N, D);
  for (const part of ['outMessage', 'outSelf', 'inMessage', 'inSelf'] as const) draw(part, D, 1);
  draw('hidden', 2 * D, H);
  draw('output', H, F);
  draw('host', 2 * D, N);
  draw('link', D, 1);
  return p;
}

/** out = in · weights + bias, rows × width. */
function dense(
  input: Float64Array,
  rows: number,
  width: number,
  p: Float64Array,
  weights: number,
  bias: number,
  outputs: number,
): Float64Array {
  const out = new Float64Array(rows * outputs);
  for (let r = 0; r < rows; r++) {
    const to = r * outputs;
    for (let j = 0; j < outputs; j++) out[to + j] = p[bias + j]!;
    for (let i = 0; i < width; i++) {
      const x = input[r * width + i]!;
      if (x === 0) continue;
      const w = weights + i * outputs;
      for (let j = 0; j < outputs; j++) out[to + j]! += x * p[w + j]!;
    }
  }
  return out;
}

/** Adds the gradients of `dense`'s weights and bias; returns that of its input where it is asked for. */
function denseBack(
  input: Float64Array,
  rows: number,
  width: number,
  p: Float64Array,
  g: Float64Array,
  weights: number,
  bias: number,
  outputs: number,
  slope: Float64Array,
  wantsInput: boolean,
): Float64Array {
  const back = new Float64Array(wantsInput ? rows * width : 0);
  for (let r = 0; r < rows; r++) {
    const from = r * outputs;
    for (let j = 0; j < outputs; j++) g[bias + j]! += slope[from + j]!;
    for (let i = 0; i < width; i++) {
      const x = input[r * width + i]!;
      const w = weights + i * outputs;
      if (x !== 0) for (let j = 0; j < outputs; j++) g[w + j]! += x * slope[from + j]!;
      if (!wantsInput) continue;
      let sum = 0;
      for (let j = 0; j < outputs; j++) sum += slope[from + j]! * p[w + j]!;
      back[r * width + i] = sum;
    }
  }
  return back;
}

/** Attention of one direction: `self` is the host that listens, `other` the far end of each edge. */
interface Attention {
  self: Int32Array;
  other: Int32Array;
  weight: Float64Array;
  /** Slope of the leaky ReLU at each edge. */
  slope: Float64Array;
  /** Nodes × D. */
  sum: Float64Array;
}

function attend(
  z: Float64Array,
  n: Float64Array,
  nodes: number,
  self: Int32Array,
  other: Int32Array,
  p: Float64Array,
  message: number,
  own: number,
): Attention {
  const edges = self.length;
  const weight = new Float64Array(edges);
  const slope = new Float64Array(edges);
  const most = new Float64Array(nodes).fill(-Infinity);
  for (let e = 0; e < edges; e++) {
    const [s, o] = [self[e]! * D, other[e]! * D];
    let raw = 0;
    for (let k = 0; k < D; k++) raw += p[message + k]! * (z[e * D + k]! + n[o + k]!) + p[own + k]! * n[s + k]!;
    slope[e] = raw > 0 ? 1 : SLOPE;
    weight[e] = raw * slope[e]!;
    if (weight[e]! > most[self[e]!]!) most[self[e]!] = weight[e]!;
  }
  const total = new Float64Array(nodes);
  for (let e = 0; e < edges; e++) {
    weight[e] = Math.exp(weight[e]! - most[self[e]!]!);
    total[self[e]!]! += weight[e]!;
  }
  const sum = new Float64Array(nodes * D);
  for (let e = 0; e < edges; e++) {
    const [s, o] = [self[e]! * D, other[e]! * D];
    const a = (weight[e]! /= total[self[e]!]!);
    for (let k = 0; k < D; k++) sum[s + k]! += a * (z[e * D + k]! + n[o + k]!);
  }
  return { self, other, weight, slope, sum };
}

function attendBack(
  { self, other, weight, slope }: Attention,
  z: Float64Array,
  n: Float64Array,
  nodes: number,
  p: Float64Array,
  g: Float64Array,
  message: number,
  own: number,
  sumSlope: Float64Array,
  dz: Float64Array,
  dn: Float64Array,
): void {
  const edges = self.length;
  const byWeight = new Float64Array(edges);
  const mean = new Float64Array(nodes);
  for (let e = 0; e < edges; e++) {
    const [s, o] = [self[e]! * D, other[e]! * D];
    let sum = 0;
    for (let k = 0; k < D; k++) sum += sumSlope[s + k]! * (z[e * D + k]! + n[o + k]!);
    byWeight[e] = sum;
    mean[self[e]!]! += weight[e]! * sum;
  }
  for (let e = 0; e < edges; e++) {
    const [s, o] = [self[e]! * D, other[e]! * D];
    const d = weight[e]! * (byWeight[e]! - mean[self[e]!]!) * slope[e]!;
    for (let k = 0; k < D; k++) {
      const m = z[e * D + k]! + n[o + k]!;
      g[message + k]! += d * m;
      g[own + k]! += d * n[s + k]!;
      const dm = weight[e]! * sumSlope[s + k]! + d * p[message + k]!;
      dz[e * D + k]! += dm;
      dn[o + k]! += dm;
      dn[s + k]! += d * p[own + k]!;
    }
  }
}

/** How badly each part was reconstructed. */
export interface Errors {
  /** Mean squared error of each edge's features. */
  edge: Float64Array;
  /** −ln of how likely the pair of each edge was held to be. */
  link: Float64Array;
  /** Mean squared error of each node's features. */
  node: Float64Array;
  loss: number;
}

/** ln(1 + e^x). */
const softplus = (x: number): number => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));

interface Both {
  out: Float64Array;
  into: Float64Array;
}

/** [sum of what a opened, sum of what b answered], rows × 2D. */
function pairsOf({ out, into }: Both, a: ArrayLike<number>, b: ArrayLike<number>): Float64Array {
  const pairs = new Float64Array(a.length * 2 * D);
  for (let r = 0; r < a.length; r++) {
    const [x, y] = [a[r]! * D, b[r]! * D];
    pairs.set(out.subarray(x, x + D), r * 2 * D);
    pairs.set(into.subarray(y, y + D), r * 2 * D + D);
  }
  return pairs;
}

function pairsBack(slopes: Float64Array, a: ArrayLike<number>, b: ArrayLike<number>, { out, into }: Both): void {
  for (let r = 0; r < a.length; r++) {
    const [x, y, from] = [a[r]! * D, b[r]! * D, r * 2 * D];
    for (let k = 0; k < D; k++) {
      out[x + k]! += slopes[from + k]!;
      into[y + k]! += slopes[from + D + k]!;
    }
  }
}

/** Squared error of each row, its mean over the columns; and the gradient of `share` × mean over all. */
function squared(guess: Float64Array, truth: Float64Array, rows: number, width: number, share: number): Squared {
  const each = new Float64Array(rows);
  const slope = new Float64Array(rows * width);
  for (let r = 0; r < rows; r++) {
    for (let j = 0; j < width; j++) {
      const off = guess[r * width + j]! - truth[r * width + j]!;
      each[r]! += (off * off) / width;
      slope[r * width + j] = (2 * share * off) / (rows * width);
    }
  }
  return { each, slope };
}

interface Squared {
  each: Float64Array;
  slope: Float64Array;
}

const meanOf = (values: Float64Array): number => values.reduce((a, b) => a + b, 0) / Math.max(1, values.length);

/** Computes errors and loss; where `g` is given, adds the gradient of the loss to it. */
export function pass(input: GraphInput, layout: Layout, p: Float64Array, g?: Float64Array): Errors {
  const { edges, nodes, features, nodeFeatures, source, target } = input;
  const { features: F, at } = layout;
  const z = dense(features, edges, F, p, at.edge, at.edgeBias, D).map(Math.tanh);
  const n = dense(nodeFeatures, nodes, N, p, at.node, at.nodeBias, D).map(Math.tanh);
  const outward = attend(z, n, nodes, source, target, p, at.outMessage, at.outSelf);
  const inward = attend(z, n, nodes, target, source, p, at.inMessage, at.inSelf);
  const both: Both = { out: outward.sum, into: inward.sum };
  const pairs = pairsOf(both, source, target);
  const hidden = dense(pairs, edges, 2 * D, p, at.hidden, at.hiddenBias, H).map((x) => Math.max(0, x));
  const guess = dense(hidden, edges, H, p, at.output, at.outputBias, F);
  const edge = squared(guess, features, edges, F, 1);
  const every = Int32Array.from({ length: nodes }, (_, i) => i);
  const hosts = pairsOf(both, every, every);
  const hostGuess = dense(hosts, nodes, 2 * D, p, at.host, at.hostBias, N);
  const node = squared(hostGuess, nodeFeatures, nodes, N, NODE_LOSS);
  const slopes: Both | undefined = g && { out: new Float64Array(nodes * D), into: new Float64Array(nodes * D) };
  const { link, linkLoss } = links(input, layout, p, both, g, slopes);
  const loss = meanOf(edge.each) + NODE_LOSS * meanOf(node.each) + LINK_LOSS * linkLoss;
  if (g && slopes) {
    const dHidden = denseBack(hidden, edges, H, p, g, at.output, at.outputBias, F, edge.slope, true);
    for (let i = 0; i < dHidden.length; i++) if (hidden[i]! <= 0) dHidden[i] = 0;
    const dPairs = denseBack(pairs, edges, 2 * D, p, g, at.hidden, at.hiddenBias, H, dHidden, true);
    pairsBack(dPairs, source, target, slopes);
    const dHosts = denseBack(hosts, nodes, 2 * D, p, g, at.host, at.hostBias, N, node.slope, true);
    pairsBack(dHosts, every, every, slopes);
    const dz = new Float64Array(z.length);
    const dn = new Float64Array(n.length);
    attendBack(outward, z, n, nodes, p, g, at.outMessage, at.outSelf, slopes.out, dz, dn);
    attendBack(inward, z, n, nodes, p, g, at.inMessage, at.inSelf, slopes.into, dz, dn);
    for (let i = 0; i < dz.length; i++) dz[i]! *= 1 - z[i]! * z[i]!;
    for (let i = 0; i < dn.length; i++) dn[i]! *= 1 - n[i]! * n[i]!;
    denseBack(features, edges, F, p, g, at.edge, at.edgeBias, D, dz, false);
    denseBack(nodeFeatures, nodes, N, p, g, at.node, at.nodeBias, D, dn, false);
  }
  return { edge: edge.each, link, node: node.each, loss };
}

/** Whether pairs that speak are told from pairs that do not: a bilinear form of the two sums, cross entropy. */
function links(
  { edges, source, target, stranger }: GraphInput,
  { at }: Layout,
  p: Float64Array,
  { out, into }: Both,
  g: Float64Array | undefined,
  slopes: Both | undefined,
): { link: Float64Array; linkLoss: number } {
  const link = new Float64Array(edges);
  let linkLoss = 0;
  for (let e = 0; e < edges; e++) {
    for (const speaks of [true, false]) {
      const [u, v] = [source[e]! * D, (speaks ? target[e]! : stranger[e]!) * D];
      let logit = p[at.linkBias]!;
      for (let k = 0; k < D; k++) logit += p[at.link + k]! * out[u + k]! * into[v + k]!;
      const error = softplus(speaks ? -logit : logit);
      if (speaks) link[e] = error;
      linkLoss += error / (2 * edges);
      if (!g || !slopes) continue;
      const d = ((1 / (1 + Math.exp(-logit)) - (speaks ? 1 : 0)) * LINK_LOSS) / (2 * edges);
      g[at.linkBias]! += d;
      for (let k = 0; k < D; k++) {
        g[at.link + k]! += d * out[u + k]! * into[v + k]!;
        slopes.out[u + k]! += d * p[at.link + k]! * into[v + k]!;
        slopes.into[v + k]! += d * p[at.link + k]! * out[u + k]!;
      }
    }
  }
  return { link, linkLoss };
}

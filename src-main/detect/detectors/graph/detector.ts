/** The graph attention autoencoder as a detector: training by Adam, scores of flows and of hosts, snapshots. */
import { randomSource } from '../../features/random.ts';
import type { DetectorSnapshot, FeatureMatrix } from '../../types.ts';
import type { Parameter } from '../matrix/parameters.ts';
import type { MatrixDetector, RowContext } from '../matrix/types.ts';
import { graphsOf, MOST_HOSTS, nodeFeatures, NODE_WIDTH, type Ends, type HostGraph } from './host-graph.ts';
import { layoutOf, pass, startingParameters, type Errors, type GraphInput, type Layout } from './network.ts';

export interface GraphOptions {
  rounds?: number;
  /** Flows that are learned from at most, whole windows of them while there is room. */
  mostFlows?: number;
  mostHosts?: number;
}

const DEFAULTS = { rounds: 30, mostFlows: 15_000, mostHosts: MOST_HOSTS };
export const GRAPH_PARAMETERS: readonly Parameter[] = [
  { id: 'rounds', meaning: 'passes over the graphs', least: 1, most: 1000, usual: DEFAULTS.rounds, whole: true },
  {
    id: 'mostFlows',
    meaning: 'flows it learns from at most',
    least: 1000,
    most: 1_000_000,
    usual: DEFAULTS.mostFlows,
    whole: true,
  },
];

/** Adam (Kingma & Ba 2015) with its usual figures, and a rate that falls to a tenth. */
const RATE = 0.005;
const [BETA1, BETA2, TINY] = [0.9, 0.999, 1e-8];
/** Features count at most so many spreads: one that never varied would drown all others. */
const CLIP = 5;
/** How much it counts that a pair was not expected to speak, beside what its flow is like. */
const LINK_SHARE = 0.25;
const VERSION = 1;

/** One host in one window. */
export interface HostScore {
  /** Number of the host as `Ends` has it; −1: everyone else of a window with too many. */
  host: number;
  /** Start of the window, seconds. */
  window: number;
  score: number;
  flows: number;
}

interface Learned {
  layout: Layout;
  parameters: Float64Array;
  nodeMean: Float64Array;
  nodeSpread: Float64Array;
  /** Mean errors of the training flows and hosts: units of the scores. */
  units: { edge: number; link: number; node: number };
  pooled: number;
}

class Adam {
  private readonly first: Float64Array;
  private readonly second: Float64Array;
  private steps = 0;

  constructor(size: number) {
    this.first = new Float64Array(size);
    this.second = new Float64Array(size);
  }

  step(p: Float64Array, g: Float64Array, rate: number): void {
    this.steps++;
    const a = 1 - BETA1 ** this.steps;
    const b = 1 - BETA2 ** this.steps;
    for (let i = 0; i < p.length; i++) {
      const x = g[i]!;
      this.first[i] = BETA1 * this.first[i]! + (1 - BETA1) * x;
      this.second[i] = BETA2 * this.second[i]! + (1 - BETA2) * x * x;
      p[i]! -= (rate * this.first[i]!) / a / (Math.sqrt(this.second[i]! / b) + TINY);
    }
  }
}

export class GraphAttention implements MatrixDetector {
  readonly id = 'graph-attention';
  readonly view = 'scaled';
  readonly minimumRows = 200;
  readonly needs = 'hosts';
  private readonly options: Required<GraphOptions>;
  private learned: Learned | undefined;

  constructor(options: GraphOptions = {}) {
    this.options = { ...DEFAULTS, ...options };
  }

  get chosen(): string {
    const pooled = this.learned?.pooled ?? 0;
    if (pooled === 0) return '';
    return `${pooled.toLocaleString('en-US')} hosts beyond the ${this.options.mostHosts.toLocaleString('en-US')} riskiest of a window were put together`;
  }

  fit(matrix: FeatureMatrix, seed: number, _attack?: Uint8Array, { ends }: RowContext = {}): void {
    if (!ends) throw new RangeError(`${this.id} needs hosts`);
    const random = randomSource(seed, 812);
    const graphs = this.someOf(graphsOf(ends, this.options.mostHosts), random);
    const scale = nodeScale(graphs);
    const layout = layoutOf(matrix.features.length);
    const parameters = startingParameters(layout, seed);
    const inputs = graphs.map((graph) => inputOf(graph, matrix, scale, random));
    const adam = new Adam(layout.size);
    const { rounds } = this.options;
    for (let round = 0; round < rounds; round++) {
      const rate = RATE * 0.1 ** (round / rounds);
      for (const input of inputs) {
        const g = new Float64Array(layout.size);
        pass(input, layout, parameters, g);
        adam.step(parameters, g, rate);
      }
    }
    const errors = inputs.map((input) => pass(input, layout, parameters));
    const unit = (part: 'edge' | 'link' | 'node'): number => Math.max(1e-9, meanOver(errors, part));
    this.learned = {
      layout,
      parameters,
      ...scale,
      units: { edge: unit('edge'), link: unit('link'), node: unit('node') },
      pooled: Math.max(...graphs.map(({ pooled }) => pooled)),
    };
  }

  /** One a flow: its reconstruction error in units of the mean training error, and how unexpected the pair was. */
  score(matrix: FeatureMatrix, { ends }: RowContext = {}): Float64Array {
    const out = new Float64Array(matrix.rows);
    this.each(matrix, ends, ({ rows }, errors, { units }) => {
      for (let e = 0; e < rows.length; e++) out[rows[e]!] = flowScore(errors, e, units);
    });
    return out;
  }

  /** Each host of each window: its own reconstruction error, and the greatest score among its flows. Worst first. */
  scoreHosts(matrix: FeatureMatrix, ends: Ends): HostScore[] {
    const all: HostScore[] = [];
    this.each(matrix, ends, ({ start, hosts, source, target }, errors, { units }) => {
      const worst = new Float64Array(hosts.length);
      const flows = new Int32Array(hosts.length);
      for (let e = 0; e < source.length; e++) {
        const score = flowScore(errors, e, units);
        for (const node of [source[e]!, target[e]!]) {
          worst[node] = Math.max(worst[node]!, score);
          flows[node]!++;
        }
      }
      for (let node = 0; node < hosts.length; node++) {
        const score = errors.node[node]! / units.node + worst[node]!;
        all.push({ host: hosts[node]!, window: start, score, flows: flows[node]! });
      }
    });
    return all.sort((a, b) => b.score - a.score || a.window - b.window || a.host - b.host);
  }

  private each(
    matrix: FeatureMatrix,
    ends: Ends | undefined,
    take: (graph: HostGraph, errors: Errors, learned: Learned) => void,
  ): void {
    const { learned } = this;
    if (!learned || !ends) throw new RangeError(`${this.id} needs hosts, and to have learned`);
    if (matrix.features.length !== learned.layout.features)
      throw new RangeError(`${this.id} learned from other columns`);
    for (const graph of graphsOf(ends, this.options.mostHosts)) {
      const input = inputOf(graph, matrix, learned, () => 0);
      take(graph, pass(input, learned.layout, learned.parameters), learned);
    }
  }

  /** Windows by seed while there is room; of one that is larger than that, flows by seed. */
  private someOf(graphs: readonly HostGraph[], random: () => number): HostGraph[] {
    const { mostFlows } = this.options;
    const order = graphs.map((graph) => ({ graph, at: random() })).sort((a, b) => a.at - b.at);
    const kept: HostGraph[] = [];
    let left = mostFlows;
    for (const { graph } of order) {
      const count = graph.rows.length;
      if (count <= left) kept.push(graph);
      else if (kept.length === 0) kept.push(thinned(graph, mostFlows / count, random));
      else continue;
      left -= Math.min(left, count);
    }
    return kept.sort((a, b) => a.start - b.start);
  }

  snapshot(): DetectorSnapshot {
    if (!this.learned) throw new RangeError(`${this.id} has not learned yet`);
    const { layout, parameters, nodeMean, nodeSpread, units, pooled } = this.learned;
    const head = { features: layout.features, units: { ...units }, pooled, mostHosts: this.options.mostHosts };
    return { id: this.id, version: VERSION, head, arrays: { parameters, nodeMean, nodeSpread } };
  }

  /** @throws RangeError for what is not a snapshot of this version */
  static restore({ id, version, head, arrays }: DetectorSnapshot): GraphAttention {
    const { features, units, pooled, mostHosts } = head as {
      features: number;
      units: Learned['units'];
      pooled: number;
      mostHosts: number;
    };
    const { parameters, nodeMean, nodeSpread } = arrays;
    const fits = id === 'graph-attention' && version === VERSION && Number.isSafeInteger(features) && features > 0;
    const layout = layoutOf(fits ? features : 1);
    const whole =
      parameters?.length === layout.size && nodeMean?.length === NODE_WIDTH && nodeSpread?.length === NODE_WIDTH;
    if (!fits || !whole || !Number.isSafeInteger(mostHosts) || mostHosts < 1) {
      throw new RangeError('not a graph attention autoencoder of this version');
    }
    const detector = new GraphAttention({ mostHosts });
    detector.learned = {
      layout,
      parameters: Float64Array.from(parameters),
      nodeMean: Float64Array.from(nodeMean),
      nodeSpread: Float64Array.from(nodeSpread),
      units: { ...units },
      pooled,
    };
    return detector;
  }
}

function flowScore({ edge, link }: Errors, e: number, units: Learned['units']): number {
  return edge[e]! / units.edge + (LINK_SHARE * link[e]!) / units.link;
}

function meanOver(errors: readonly Errors[], part: 'edge' | 'link' | 'node'): number {
  let [sum, count] = [0, 0];
  for (const each of errors) {
    for (const x of each[part]) sum += x;
    count += each[part].length;
  }
  return sum / Math.max(1, count);
}

function nodeScale(graphs: readonly HostGraph[]): Pick<Learned, 'nodeMean' | 'nodeSpread'> {
  const [nodeMean, nodeSpread] = [new Float64Array(NODE_WIDTH), new Float64Array(NODE_WIDTH)];
  const all = graphs.map(nodeFeatures);
  const nodes = all.reduce((sum, values) => sum + values.length / NODE_WIDTH, 0);
  for (const values of all) values.forEach((x, i) => (nodeMean[i % NODE_WIDTH]! += x / nodes));
  for (const values of all) {
    values.forEach((x, i) => (nodeSpread[i % NODE_WIDTH]! += (x - nodeMean[i % NODE_WIDTH]!) ** 2 / nodes));
  }
  for (let j = 0; j < NODE_WIDTH; j++) nodeSpread[j] = Math.max(0.1, Math.sqrt(nodeSpread[j]!));
  return { nodeMean, nodeSpread };
}

function inputOf(
  graph: HostGraph,
  { features, data }: FeatureMatrix,
  { nodeMean, nodeSpread }: Pick<Learned, 'nodeMean' | 'nodeSpread'>,
  random: () => number,
): GraphInput {
  const { rows, source, target, nodes } = graph;
  const width = features.length;
  const edges = new Float64Array(rows.length * width);
  for (let e = 0; e < rows.length; e++) {
    for (let j = 0; j < width; j++) {
      edges[e * width + j] = Math.max(-CLIP, Math.min(CLIP, data[rows[e]! * width + j]!));
    }
  }
  const own = nodeFeatures(graph);
  for (let i = 0; i < own.length; i++) {
    const j = i % NODE_WIDTH;
    own[i] = Math.max(-CLIP, Math.min(CLIP, (own[i]! - nodeMean[j]!) / nodeSpread[j]!));
  }
  return {
    edges: rows.length,
    nodes,
    features: edges,
    nodeFeatures: own,
    source,
    target,
    stranger: Int32Array.from(target, (v) => (v + 1 + Math.floor(random() * (nodes - 1))) % nodes),
  };
}

function thinned(graph: HostGraph, share: number, random: () => number): HostGraph {
  const kept: number[] = [];
  for (let e = 0; e < graph.rows.length; e++) if (random() < share) kept.push(e);
  const pick = (values: Int32Array): Int32Array => Int32Array.from(kept, (e) => values[e]!);
  return { ...graph, rows: pick(graph.rows), source: pick(graph.source), target: pick(graph.target) };
}

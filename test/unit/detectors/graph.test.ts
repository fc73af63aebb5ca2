/** The host graph: its gradient, what it finds, that no address matters, and what it does with too many hosts. */
import { describe, expect, it } from 'vitest';
import { GraphAttention } from '../../../src-main/detect/detectors/graph/detector.ts';
import { graphsOf, nodeFeatures, type Ends } from '../../../src-main/detect/detectors/graph/host-graph.ts';
import { layoutOf, pass, startingParameters } from '../../../src-main/detect/detectors/graph/network.ts';
import { edgeStatistics, GraphStatistics } from '../../../src-main/detect/detectors/graph/statistics.ts';
import { randomSource } from '../../../src-main/detect/features/random.ts';
import type { FeatureMatrix } from '../../../src-main/detect/types.ts';

const WIDTH = 6;
const NAMES = Array.from({ length: WIDTH }, (_, j) => `f${j}`);

interface Flow {
  source: number;
  target: number;
  time: number;
  values: number[];
}

function tableOf(flows: readonly Flow[]): { matrix: FeatureMatrix; ends: Ends } {
  return {
    matrix: { features: NAMES, rows: flows.length, data: Float32Array.from(flows.flatMap(({ values }) => values)) },
    ends: {
      source: Int32Array.from(flows, ({ source }) => source),
      target: Int32Array.from(flows, ({ target }) => target),
      time: Float64Array.from(flows, ({ time }) => time),
    },
  };
}

/** Clients 10… ask server 1 for one kind of thing and server 2 for another, for some hours. */
function office(seed: number, hours = 4, clients = 12): Flow[] {
  const random = randomSource(seed);
  const normal = (): number => random() + random() + random() - 1.5;
  const flows: Flow[] = [];
  for (let hour = 0; hour < hours; hour++) {
    for (let client = 0; client < clients; client++) {
      for (let i = 0; i < 6; i++) {
        const web = i % 2 === 0;
        flows.push({
          source: 10 + client,
          target: web ? 1 : 2,
          time: hour * 3600 + i * 500 + client,
          values: Array.from({ length: WIDTH }, (_, j) => (web === j < 3 ? 1 : -1) + 0.3 * normal()),
        });
      }
    }
  }
  return flows;
}

const mean = (values: Iterable<number>): number => {
  const all = [...values];
  return all.reduce((a, b) => a + b, 0) / all.length;
};

function fitted(flows: readonly Flow[], seed = 1): GraphAttention {
  const { matrix, ends } = tableOf(flows);
  const detector = new GraphAttention();
  detector.fit(matrix, seed, undefined, { ends });
  return detector;
}

describe('the network', () => {
  it('has the gradient that differences of its loss give, for every parameter', () => {
    const random = randomSource(3);
    const [edges, nodes, F] = [9, 4, 3];
    const draw = (count: number): Float64Array => Float64Array.from({ length: count }, () => 2 * random() - 1);
    const node = (): Int32Array => Int32Array.from({ length: edges }, () => Math.floor(random() * nodes));
    const input = {
      edges,
      nodes,
      features: draw(edges * F),
      nodeFeatures: draw(nodes * 4),
      source: node(),
      target: node(),
      stranger: node(),
    };
    const layout = layoutOf(F);
    const p = startingParameters(layout, 5);
    for (let i = 0; i < p.length; i++) p[i]! += 0.1 * (2 * random() - 1);
    const g = new Float64Array(layout.size);
    pass(input, layout, p, g);
    let worst = 0;
    const step = 1e-6;
    for (let i = 0; i < p.length; i++) {
      const kept = p[i]!;
      p[i] = kept + step;
      const above = pass(input, layout, p).loss;
      p[i] = kept - step;
      const below = pass(input, layout, p).loss;
      p[i] = kept;
      const numeric = (above - below) / (2 * step);
      worst = Math.max(worst, Math.abs(numeric - g[i]!) / Math.max(1e-4, Math.abs(numeric), Math.abs(g[i]!)));
    }
    expect(g.every((x) => x !== 0) || g.filter((x) => x === 0).length < g.length / 4).toBe(true);
    expect(worst).toBeLessThan(1e-3);
  });
});

describe('graph attention', () => {
  const training = office(1);
  const detector = fitted(training);

  it('finds flows that are ordinary in themselves but not between those hosts', () => {
    const flows = office(2);
    // A client asks server 2 for what only server 1 gives: every number of these flows is common.
    const odd = flows.filter(({ source, target }) => source === 15 && target === 1).slice(0, 3);
    for (const flow of odd) flow.target = 2;
    const { matrix, ends } = tableOf(flows);
    const scores = detector.score(matrix, { ends });
    const oddScores = flows.flatMap((flow, i) => (odd.includes(flow) ? [scores[i]!] : []));
    const others = flows.flatMap((flow, i) => (odd.includes(flow) ? [] : [scores[i]!]));
    expect(Math.min(...oddScores)).toBeGreaterThan(3 * mean(others));
  });

  it('names the host that sweeps the others', () => {
    const flows = office(3);
    const [scanner, time] = [99, 2 * 3600 + 60];
    for (let i = 0; i < 12; i++)
      flows.push({ source: scanner, target: 10 + i, time: time + i, values: [0, 3, 0, 3, 0, 3] });
    const { matrix, ends } = tableOf(flows);
    const [worst] = detector.scoreHosts(matrix, ends);
    expect(worst).toMatchObject({ host: scanner, window: 2 * 3600, flows: 12 });
  });

  it('does not care what hosts are called', () => {
    const flows = office(4);
    const renamed = flows.map((flow) => ({ ...flow, source: 1e6 - flow.source * 7, target: 1e6 - flow.target * 7 }));
    const [a, b] = [tableOf(flows), tableOf(renamed)];
    expect(detector.score(b.matrix, { ends: b.ends })).toEqual(detector.score(a.matrix, { ends: a.ends }));
    const other = fitted(training.map((flow) => ({ ...flow, source: flow.source + 500, target: flow.target + 500 })));
    expect(other.score(a.matrix, { ends: a.ends })).toEqual(detector.score(a.matrix, { ends: a.ends }));
  });

  it('is the same for the same seed, another for another, and the same again from a snapshot', () => {
    const { matrix, ends } = tableOf(office(5));
    const scores = detector.score(matrix, { ends });
    expect(fitted(training).score(matrix, { ends })).toEqual(scores);
    expect(fitted(training, 2).score(matrix, { ends })).not.toEqual(scores);
    const saved = structuredClone(detector.snapshot());
    expect(GraphAttention.restore(saved).score(matrix, { ends })).toEqual(scores);
  });

  it('refuses a snapshot that is damaged or of another version', () => {
    const saved = detector.snapshot();
    expect(() => GraphAttention.restore({ ...saved, version: 2 })).toThrow(RangeError);
    const short = { ...saved.arrays, parameters: new Float64Array(7) };
    expect(() => GraphAttention.restore({ ...saved, arrays: short })).toThrow(RangeError);
    expect(() => GraphAttention.restore({ ...saved, head: { ...saved.head, features: 'many' } })).toThrow(RangeError);
  });

  it('says what it lacks', () => {
    const { matrix } = tableOf(office(6));
    expect(() => detector.score(matrix)).toThrow('needs hosts');
    expect(() => new GraphAttention().fit(matrix, 1)).toThrow('needs hosts');
  });

  it('puts hosts beyond the riskiest 2,000 of a window together, says so, and scores every flow', () => {
    const random = randomSource(7);
    const flows: Flow[] = Array.from({ length: 6000 }, (_, i) => ({
      source: i % 2 === 0 ? 10_000 + i : Math.floor(random() * 40),
      target: 100 + Math.floor(random() * 60),
      time: 10,
      values: Array.from({ length: WIDTH }, () => random()),
    }));
    const [graph] = graphsOf(tableOf(flows).ends);
    expect(graph!.nodes).toBe(2001);
    expect(graph!.pooled).toBe(3100 - 2000);
    // Who dealt with many is kept by itself.
    for (let host = 0; host < 40; host++) expect(graph!.hosts).toContain(host);
    const { matrix, ends } = tableOf(flows);
    const large = new GraphAttention({ rounds: 1 });
    large.fit(matrix, 1, undefined, { ends });
    expect(large.chosen).toBe('1,100 hosts beyond the 2,000 riskiest of a window were put together');
    expect(large.score(matrix, { ends }).every((score) => score > 0)).toBe(true);
  });
});

describe('statistics of the graph', () => {
  const at = (source: number, target: number, hour: number): Flow => ({
    source,
    target,
    time: hour * 3600,
    values: Array.from({ length: WIDTH }, () => 0),
  });

  it('count flows and hosts of a node', () => {
    const [graph] = graphsOf(tableOf([at(1, 2, 0), at(1, 2, 0), at(1, 3, 0)]).ends);
    expect([...nodeFeatures(graph!)].slice(0, 4)).toEqual([2, 0, Math.log2(3), 0]);
    expect([...nodeFeatures(graph!)].slice(4, 8)).toEqual([0, Math.log2(3), 0, 1]);
  });

  it('know a new pair once, and none in the first window', () => {
    const flows = [at(1, 2, 0), at(1, 2, 1), at(1, 3, 1), at(1, 3, 1), at(1, 3, 2)];
    const values = edgeStatistics(tableOf(flows).ends);
    expect(flows.map((_, i) => values[i * 5])).toEqual([0, 0, 1, 0, 0]);
    expect(flows.map((_, i) => values[i * 5 + 1])).toEqual([0, 0.5, 0.5, 0.5, 0]);
  });

  it('measure a burst against the host’s own past, not against others who always ask many', () => {
    const flows: Flow[] = [];
    for (let hour = 0; hour < 6; hour++) {
      for (let i = 0; i < 30; i++) flows.push(at(1, 100 + i, hour));
      const many = hour === 5 ? 30 : 2;
      for (let i = 0; i < many; i++) flows.push(at(2, 200 + i, hour));
    }
    const values = edgeStatistics(tableOf(flows).ends);
    const last = (source: number): number => values[flows.findLastIndex((flow) => flow.source === source) * 5 + 2]!;
    expect(last(1)).toBe(0);
    expect(last(2)).toBeCloseTo((Math.log2(31) - Math.log2(3)) / 0.5, 9);
  });

  it('score a sweep by someone who is usually quiet above everything else', () => {
    const { matrix, ends } = tableOf(office(1));
    const detector = new GraphStatistics();
    detector.fit(matrix, 1, undefined, { ends });
    const flows = office(2);
    for (let i = 0; i < 12; i++) flows.push({ ...at(12, 300 + i, 3), time: 3 * 3600 + i });
    const tested = tableOf(flows);
    const scores = detector.score(tested.matrix, { ends: tested.ends });
    const swept = scores.slice(-12);
    expect(Math.min(...swept)).toBeGreaterThan(
      Math.max(...scores.slice(0, -12).filter((_, i) => flows[i]!.source !== 12)),
    );
  });
});

import { describe, expect, it } from 'vitest';
import { panned, shareAt, timeAt, widthOf, zoomed } from '../../../src-renderer/components/charts/brush.ts';
import { marksOf } from '../../../src-renderer/components/charts/marks.ts';
import { fit, layOut, nodeAt } from '../../../src-renderer/features/graph/layout.ts';
import { escapeMarkdown } from '../../../src-renderer/features/incidents/markdown.ts';
import { scopeChoices, scopeOf } from '../../../src-renderer/features/incidents/scope.ts';
import { expiryOf } from '../../../src-renderer/features/suppressions/lifetimes.ts';
import { extentOf, stepsOf } from '../../../src-renderer/features/incidents/waterfall.ts';
import { layOutWho } from '../../../src-renderer/features/incidents/who.ts';
import type { IncidentBody } from '../../../src-renderer/features/incidents/types.ts';
import { blend, cellAt, heatOf, parseColour } from '../../../src-renderer/features/overview/heat.ts';
import { coarser, pointsOf } from '../../../src-renderer/features/overview/points.ts';
import { networksFault, networksOf } from '../../../src-renderer/features/settings/networks.ts';

describe('the timeline', () => {
  const buckets = {
    start: 100,
    width: 2,
    packets: [4, 0, 6],
    bytes: [40, 0, 60],
    flows: [1, 0, 2],
    anomalous: [0, 0, 1],
  };

  it('shows rates per second of buckets of any width', () => {
    expect(pointsOf(buckets).map(({ time, packetRate }) => [time, packetRate])).toEqual([
      [101, 2],
      [103, 0],
      [105, 3],
    ]);
  });

  it('sums neighbours where bars would be too narrow', () => {
    const [first, last] = coarser(pointsOf(buckets), 2);
    expect(first).toMatchObject({ from: 100, to: 104, packets: 4, packetRate: 1 });
    expect(last).toMatchObject({ from: 104, to: 106, packets: 6, anomalous: 1 });
  });
});

describe('marks behind a chart', () => {
  const span = { from: 100, to: 200 };

  it('are one rectangle where stretches touch', () => {
    const stretches = [
      { from: 100, to: 110 },
      { from: 110, to: 120 },
      { from: 150, to: 160 },
    ];
    expect(marksOf(stretches, span)).toBe('M0 0H0.2V1H0ZM0.5 0H0.6V1H0.5Z');
  });

  it('end where the chart ends', () => {
    expect(marksOf([{ from: 190, to: 250 }], span)).toBe('M0.9 0H1V1H0.9Z');
    expect(marksOf([], span)).toBe('');
  });
});

describe('the brush', () => {
  it('knows times and places', () => {
    const span = { from: 100, to: 200 };
    expect(timeAt(25, 50, span)).toBe(150);
    expect([shareAt(150, span), shareAt(300, span), shareAt(1, span)]).toEqual([0.5, 1, 0]);
    expect(zoomed(span, 0.5)).toEqual({ from: 125, to: 175 });
    expect(panned(span, 0.25)).toEqual({ from: 125, to: 225 });
    expect(widthOf({ from: 150, to: 150 }, 2)).toEqual({ from: 149, to: 151 });
  });
});

describe('the heat map', () => {
  it('shows one beside a million, and nothing as nothing', () => {
    expect(heatOf(0, 1e6)).toBe(0);
    expect(heatOf(1, 1e6)).toBeGreaterThan(0.15);
    expect(heatOf(1e6, 1e6)).toBe(1);
    expect(blend(parseColour('#000000'), parseColour('rgb(200, 100, 50)'), 0.5)).toBe('rgb(100 50 25)');
  });

  it('finds the cell under the pointer', () => {
    const grid = { width: 100, rowHeight: 16, columns: 10, rows: 2 };
    expect(cellAt(99.9, 17, grid)).toEqual({ row: 1, column: 9 });
    expect([cellAt(10, 40, grid), cellAt(-1, 1, grid), cellAt(100, 1, grid)]).toEqual([null, null, null]);
  });
});

describe('the waterfall', () => {
  it('adds up from the baseline', () => {
    const steps = stepsOf([
      { feature: 'src_flows', value: 62, usual: 8, usualForHost: 1, contribution: 0.5, text: 'many (usual: 8)' },
      { feature: 'unheard_of', value: 2, usual: 1, contribution: -0.2, text: 'less' },
    ]);
    expect(steps.map(({ from, to, value, usualForHost, name }) => [from, to, value, usualForHost, name])).toEqual([
      [0, 0.5, '62 connections', '1 connection', 'connections of its source, a minute'],
      [0.5, 0.3, '2', '', 'unheard of'],
    ]);
    expect(extentOf(steps)).toEqual({ least: 0, most: 0.5 });
    const based = stepsOf([{ feature: 'answered', value: 0, usual: 1, contribution: 0.5, text: '' }], 0.25);
    expect([based[0]!.from, based[0]!.to]).toEqual([0.25, 0.75]);
    expect(extentOf(based, 1.5)).toEqual({ least: 0, most: 1.5 });
  });
});

describe('what a suppression may name', () => {
  const incident = {
    kind: 'port-scan', sources: ['10.0.0.5'], sourcesTotal: 1, targets: ['10.0.0.7'], targetsTotal: 3, ports: [22], portsTotal: 1, domains: [], domainsTotal: 0, detectors: {},
  } as unknown as IncidentBody; // prettier-ignore

  it('is what the incident has exactly one of', () => {
    const choices = scopeChoices(incident);
    expect(choices.map(({ part }) => part)).toEqual(['kind', 'source', 'port']);
    expect(scopeOf(choices, new Set(['kind', 'port']))).toEqual({ kind: 'port-scan', port: 22 });
  });

  it('lasts as long as was chosen', () => {
    expect([expiryOf('7', 1000), expiryOf('0', 1000)]).toEqual([1000 + 7 * 86_400_000, null]);
  });
});

describe('graphs', () => {
  const node = (address: string, bytes: number, community: number) => ({
    address,
    local: true,
    risk: 0,
    flows: 1,
    bytes,
    community,
  });
  const edge = (from: number, to: number) => ({ from, to, flows: 1, bytes: 1, failed: 0, anomalous: 0 });
  const graph = {
    nodes: Array.from({ length: 300 }, (_, i) => node(`10.0.0.${i}`, 300 - i, i % 7)),
    edges: [edge(0, 1), edge(0, 2)],
    nodesTotal: 300,
    edgesTotal: 2,
  };

  it('lie the same way every time, no community on another', () => {
    const layout = layOut(graph);
    expect(layOut(graph)).toEqual(layout);
    const discs = layout.communities;
    for (const [i, a] of discs.entries()) {
      for (const b of discs.slice(i + 1)) expect(Math.hypot(a.x - b.x, a.y - b.y)).toBeGreaterThan(a.r + b.r);
    }
    for (const [i, { x, y }] of layout.nodes.entries()) {
      const disc = discs[graph.nodes[i]!.community]!;
      expect(Math.hypot(x - disc.x, y - disc.y)).toBeLessThanOrEqual(disc.r);
    }
  });

  it('do not lie on one another where a few have nearly all bytes', () => {
    const skewed = { ...graph, nodes: graph.nodes.map((each, i) => ({ ...each, bytes: 1e9 / (i + 1), community: 0 })) };
    const { nodes } = layOut(skewed);
    for (const [i, a] of nodes.slice(0, 40).entries()) {
      for (const b of nodes.slice(i + 1)) expect(Math.hypot(a.x - b.x, a.y - b.y)).toBeGreaterThan(a.r + b.r);
    }
  });

  it('fit the window and are hit where they lie', () => {
    const { nodes, communities } = layOut(graph);
    const { scale, x, y } = fit(communities, 800, 600);
    for (const node of nodes) {
      expect(node.x * scale + x).toBeGreaterThan(0);
      expect(node.x * scale + x).toBeLessThan(800);
      expect(node.y * scale + y).toBeGreaterThan(0);
      expect(node.y * scale + y).toBeLessThan(600);
    }
    expect(nodeAt(nodes, nodes[5]!.x, nodes[5]!.y, 0)).toBe(5);
    expect(nodeAt(nodes, 1e6, 1e6, 3)).toBe(-1);
  });

  it('of an incident stand in two columns, those beyond counted', () => {
    const layout = layOutWho(graph, 1);
    expect(layout.left.map(({ address }) => address)).toEqual(['10.0.0.0']);
    expect(layout.right.map(({ address }) => address)).toEqual(['10.0.0.1']);
    expect([layout.leftMore, layout.rightMore, layout.edges.length]).toEqual([0, 1, 1]);
  });
});

describe('text from elsewhere', () => {
  it('cannot format Markdown', () => {
    expect(escapeMarkdown('<b>[x](http://y)|`\n# z')).toBe('\\<b\\>\\[x\\](http\\://y)\\|\\` \\# z');
  });
});

describe('networks as typed', () => {
  it('are told apart and checked', () => {
    expect(networksOf('10.0.0.0/8\n fd00::/8, 192.0.2.1')).toEqual(['10.0.0.0/8', 'fd00::/8', '192.0.2.1']);
    expect(networksFault('10.0.0.0/8')).toBeNull();
    expect(networksFault('10.0.0.0/40')).toContain('10.0.0.0/40');
  });
});

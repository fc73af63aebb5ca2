/**
 * Bare anomalies: flows that the ensemble finds unusual and no behaviour explains, as a few findings of severity info,
 * one a source host and kind. They name no technique: unusual is all that is known.
 */
import { FLOW_FEATURES } from '../../../src-shared/features/catalogue.ts';
import type { FeatureGroup } from '../../../src-shared/features/types.ts';
import { attributionText, readsAlike } from '../../../src-shared/features/words.ts';
import type { Evidence, IncidentKind } from '../../../src-shared/domain/incident.ts';
import { flowSchema, makeFlowBatch, type FlowBatch } from '../../meter/flows/types.ts';
import type { HostTable } from '../../meter/hosts.ts';
import type { HostUsual } from '../features/host-usual.ts';
import type { Finding, PacketTime } from '../types.ts';
import { contributionsOf, type FlowContributions } from './contributions.ts';
import type { FlowScores, Scorer } from './triage.ts';

/** Anomalous flows held; beyond it the most unusual stay. */
const MOST_FLOWS = 2048;
/** Hosts that are looked at, flows that are explained for each, findings in all. */
const MOST_HOSTS = 12;
const EXPLAINED_PER_HOST = 3;
const MOST_FINDINGS = 10;
/** Sources with the same oddity towards one target that are still told apart. */
const MOST_ALIKE = 3;
const MOST_LISTED = 1000;
const EVIDENCE = 3;

const KIND: Readonly<Record<FeatureGroup, IncidentKind>> = {
  timing: 'timing-anomaly',
  size: 'size-anomaly',
  behaviour: 'behavioural-anomaly',
};

const WORDS: Readonly<Record<FeatureGroup, string>> = {
  timing: 'unusual timing',
  size: 'unusual sizes',
  behaviour: 'unusual behaviour',
};

export interface KeptFlow {
  row: number;
  id: number;
  source: number;
  surprise: number;
}

export function bySurprise(a: KeptFlow, b: KeptFlow): number {
  return b.surprise - a.surprise || a.id - b.id;
}

/** What says of rows how unusual they are. */
export type RowVerdicts = Pick<FlowScores, 'anomalous' | 'surprise'>;

/** Copies of the anomalous rows of a run, the most unusual ones where there are too many. */
export class UnusualFlows {
  readonly rows: FlowBatch = makeFlowBatch(MOST_FLOWS * 2);
  private kept: KeptFlow[] = [];
  /** Less unusual than this is not among the most unusual any more. */
  private floor = Number.NEGATIVE_INFINITY;

  /** Takes the anomalous rows of a scored batch. */
  add(batch: FlowBatch, scores: RowVerdicts): void {
    for (let row = 0; row < batch.count; row++) {
      // Host 0 is all strangers beyond the host table together: nobody in particular.
      if (scores.anomalous[row] !== 1 || batch.columns.origHost[row] === 0) continue;
      if (scores.surprise[row]! < this.floor) continue;
      if (this.rows.count === this.rows.capacity) this.shrink();
      const to = this.rows.count++;
      copyRow(batch, row, this.rows, to);
      const { id, origHost } = batch.columns;
      this.kept.push({ row: to, id: id[row]!, source: origHost[row]!, surprise: scores.surprise[row]! });
    }
  }

  private shrink(): void {
    const best = this.kept.sort(bySurprise).slice(0, MOST_FLOWS);
    this.floor = best.at(-1)?.surprise ?? this.floor;
    best.sort((a, b) => a.row - b.row);
    for (const [to, kept] of best.entries()) {
      copyRow(this.rows, kept.row, this.rows, to);
      kept.row = to;
    }
    this.rows.count = best.length;
    this.kept = best;
  }

  /** Most unusual first. */
  flows(): readonly KeptFlow[] {
    return this.kept.toSorted(bySurprise).slice(0, MOST_FLOWS);
  }
}

/** Those of a scorer, which explains them. */
export class AnomalyCollector extends UnusualFlows {
  readonly scorer: Scorer;

  constructor(scorer: Scorer) {
    super();
    this.scorer = scorer;
  }
}

const COLUMNS = Object.entries(flowSchema).map(
  ([name, type]) => [name as keyof typeof flowSchema, typeof type === 'string' ? 1 : type[1]] as const,
);

/** Rows are moved towards the front only, so that a copy never overwrites one that is still to come. */
function copyRow(from: FlowBatch, row: number, into: FlowBatch, to: number): void {
  for (const [name, width] of COLUMNS) {
    const source = from.columns[name];
    const target = into.columns[name];
    for (let i = 0; i < width; i++) target[to * width + i] = source[row * width + i]!;
  }
  into.meta[to] = from.meta[row];
}

export function createAnomalyCollector(scorer: Scorer): AnomalyCollector {
  return new AnomalyCollector(scorer);
}

export interface AnomalyOptions {
  hosts: HostTable;
  /** Flows that an incident explains already; the ends are hosts. */
  skipFlows: (id: number, source: number, target: number, port: number) => boolean;
  hostUsual?: HostUsual | undefined;
}

export interface KeyedFinding {
  key: string;
  finding: Finding;
}

interface Group {
  sources: number[];
  group: FeatureGroup;
  flows: KeptFlow[];
  top: FlowContributions;
}

/** The findings, most unusual first; at most 10. */
export function anomalyFindings(collector: AnomalyCollector, options: AnomalyOptions): KeyedFinding[] {
  const { hosts, skipFlows, hostUsual } = options;
  const groups: Group[] = [];
  for (const [source, flows] of bySource(collector, skipFlows))
    groups.push(...groupsOf(collector, source, flows, hostUsual));
  return joined(collector.rows, groups)
    .sort((a, b) => bySurprise(a.flows[0]!, b.flows[0]!))
    .slice(0, MOST_FINDINGS)
    .map((group) => ({ key: keyOf(group), finding: makeFinding(collector.rows, group, hosts) }));
}

function keyOf({ sources, group, flows }: Group): string {
  return sources.length === 1 ? `anomaly:${sources[0]}:${group}` : `anomaly:many:${flows[0]!.source}:${group}`;
}

/** Many sources with the same kind of oddity towards the same target are one finding: forged addresses are many. */
function joined({ columns: { respHost } }: FlowBatch, groups: readonly Group[]): Group[] {
  const alike = new Map<string, Group[]>();
  for (const group of groups) {
    const key = `${group.group}:${respHost[group.flows[0]!.row]}`;
    const known = alike.get(key);
    if (known) known.push(group);
    else alike.set(key, [group]);
  }
  return [...alike.values()].flatMap((same) => {
    if (same.length <= MOST_ALIKE) return same;
    const flows = same.flatMap((group) => group.flows).sort(bySurprise);
    return [{ ...same[0]!, sources: same.flatMap((group) => group.sources), flows }];
  });
}

/** Flows by source, the sources with the most unusual flow first. */
function bySource(collector: AnomalyCollector, skip: AnomalyOptions['skipFlows']): [number, KeptFlow[]][] {
  const { respHost, respPort } = collector.rows.columns;
  const sources = new Map<number, KeptFlow[]>();
  for (const flow of collector.flows()) {
    if (skip(flow.id, flow.source, respHost[flow.row]!, respPort[flow.row]!)) continue;
    const known = sources.get(flow.source);
    if (known) known.push(flow);
    else if (sources.size < MOST_HOSTS) sources.set(flow.source, [flow]);
  }
  return [...sources];
}

/** The flows of one source by what is unusual in them; those that are not explained join the most unusual one. */
function groupsOf(
  collector: AnomalyCollector,
  source: number,
  flows: readonly KeptFlow[],
  hostUsual: HostUsual | undefined,
): Group[] {
  const groups = new Map<FeatureGroup, Group>();
  let main: Group | undefined;
  for (const [n, flow] of flows.entries()) {
    if (n >= EXPLAINED_PER_HOST) {
      main?.flows.push(flow);
      continue;
    }
    const top = contributionsOf(collector.scorer, collector.rows, flow.row, hostUsual);
    const known = groups.get(top.group);
    if (known) known.flows.push(flow);
    else groups.set(top.group, { sources: [source], group: top.group, flows: [flow], top });
    main ??= groups.get(top.group);
  }
  return [...groups.values()];
}

function distinct(rows: readonly KeptFlow[], column: ArrayLike<number>): number[] {
  const counts = new Map<number, number>();
  for (const { row } of rows) counts.set(column[row]!, (counts.get(column[row]!) ?? 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1] || a[0] - b[0]).map(([value]) => value);
}

function timeOf(sec: number, nano: number): PacketTime {
  return { sec, nano };
}

function earlier(a: PacketTime, b: PacketTime): boolean {
  return a.sec < b.sec || (a.sec === b.sec && a.nano < b.nano);
}

/** What the flows of a finding have in common with no other. */
export type Extent = Pick<
  Finding,
  | 'targets'
  | 'targetsTotal'
  | 'ports'
  | 'portsTotal'
  | 'domains'
  | 'domainsTotal'
  | 'first'
  | 'decided'
  | 'last'
  | 'flows'
  | 'flowsTotal'
  | 'packets'
  | 'bytes'
>;

/** Ends, ports, times and sums of flows. */
export function extentOf(rows: FlowBatch, flows: readonly KeptFlow[]): Extent {
  const c = rows.columns;
  let packets = 0;
  let bytes = 0;
  let [first, decided, last] = [0, 0, 0].map(() => timeOf(Infinity, 0)) as [PacketTime, PacketTime, PacketTime];
  last = timeOf(-Infinity, 0);
  for (const { row } of flows) {
    packets += c.origPkts[row]! + c.respPkts[row]!;
    bytes += c.origIpBytes[row]! + c.respIpBytes[row]!;
    const begin = timeOf(c.sec[row]!, c.nano[row]!);
    const end = timeOf(c.lastSec[row]!, c.lastNano[row]!);
    if (earlier(begin, first)) first = begin;
    if (earlier(end, decided)) decided = end;
    if (earlier(last, end)) last = end;
  }
  const targets = distinct(flows, c.respHost);
  const ports = distinct(flows, c.respPort);
  return {
    targets: targets.slice(0, MOST_LISTED),
    targetsTotal: targets.length,
    ports: ports.slice(0, MOST_LISTED),
    portsTotal: ports.length,
    domains: [],
    domainsTotal: 0,
    first,
    decided,
    last,
    flows: flows.map((flow) => flow.id),
    flowsTotal: flows.length,
    packets,
    bytes,
  };
}

/** "one connection", "12 connections". */
export function connections(count: number): string {
  return count === 1 ? 'one connection' : `${count.toLocaleString('en-US')} connections`;
}

function makeFinding(rows: FlowBatch, { sources, group, flows, top }: Group, hosts: HostTable): Finding {
  const who = sources.length === 1 ? hosts.address(sources[0]!) : `${sources.length} hosts`;
  const number = connections(flows.length);
  return {
    detector: `anomaly:${group}`,
    kind: KIND[group],
    severity: 'info',
    confidence: confidenceOf(flows[0]!.surprise),
    title: `${who}: ${WORDS[group]} in ${number}`,
    summary: `Nothing known explains ${number} of ${who} that ${flows.length === 1 ? 'stands' : 'stand'} out in this traffic: ${reasons(top).join('; ')}.`,
    sources,
    sourcesTotal: sources.length,
    ...extentOf(rows, flows),
    evidence: evidenceOf(top),
  };
}

/** That a flow is unusual is sure; that it matters is not: never above one half. */
export function confidenceOf(surprise: number): number {
  return Math.min(0.5, 0.1 + 0.1 * surprise);
}

function strongest({ byFeature, values, usual }: FlowContributions): number[] {
  const order = [...byFeature.keys()].sort((a, b) => byFeature[b]! - byFeature[a]! || a - b);
  const telling = (f: number): boolean => byFeature[f]! > 0 && !readsAlike(FLOW_FEATURES[f]!, values[f]!, usual[f]!);
  return order.filter(telling).slice(0, EVIDENCE);
}

function textOf({ values, usual, usualForHost }: FlowContributions, f: number): string {
  return attributionText(FLOW_FEATURES[f]!, values[f]!, usual[f]!, usualForHost?.[f]);
}

function reasons(found: FlowContributions): string[] {
  return strongest(found).map((f) => textOf(found, f));
}

function evidenceOf(found: FlowContributions): Evidence[] {
  return strongest(found).map((f) => {
    const definition = FLOW_FEATURES[f]!;
    const [value, usual] = [found.values[f]!, found.usual[f]!];
    // A class or a yes is no amount: the text says it, and that of one flow.
    if (definition.kind === 'categorical' || definition.unit === 'yes/no')
      return { fact: textOf(found, f), value: 1, expected: null, unit: 'flows' };
    return { fact: textOf(found, f), value, expected: usual, unit: definition.unit };
  });
}

/**
 * Alarms of promoted models as a few findings of severity info: by pairs of hosts; many of one host, or towards one, are one. A
 * model that alarms at a twentieth of all flows gives ten findings, and no more.
 */
import type { Evidence } from '../../../src-shared/domain/incident.ts';
import {
  bySurprise,
  confidenceOf,
  connections,
  extentOf,
  UnusualFlows,
  type AnomalyOptions,
  type KeptFlow,
  type KeyedFinding,
} from '../detectors/anomalies.ts';
import type { FlowBatch } from '../../meter/flows/types.ts';
import type { HostTable } from '../../meter/hosts.ts';
import type { Finding } from '../types.ts';
import type { Reason } from './lab-reasons.ts';
import type { ExtendedScores, PromotedModels } from './promoted.ts';

/** Findings of one model, and of all. */
const MOST_FINDINGS = 10;
/** Pairs of one host that are still told apart. */
const MOST_PAIRS = 3;

interface Group {
  member: number;
  sources: number[];
  target: number;
  flows: KeptFlow[];
}

/** A score of exactly one would be beyond all measure. */
const LEAST_TAIL = 1e-9;

function surpriseOf(score: number): number {
  return -Math.log10(Math.max(LEAST_TAIL, 1 - score));
}

/** Groups that share `of` become one where there are more than a few; its flows most unusual first. */
function joined(groups: readonly Group[], of: (group: Group) => number): Group[] {
  const alike = new Map<number, Group[]>();
  for (const group of groups) {
    const known = alike.get(of(group));
    if (known) known.push(group);
    else alike.set(of(group), [group]);
  }
  return [...alike.values()].flatMap((same) => {
    if (same.length <= MOST_PAIRS) return same;
    const sources = [...new Set(same.flatMap((group) => group.sources))];
    return [{ ...same[0]!, sources, flows: same.flatMap(({ flows }) => flows).sort(bySurprise) }];
  });
}

export class LabAlarms {
  private readonly promoted: PromotedModels;
  private readonly kept: readonly UnusualFlows[];

  constructor(promoted: PromotedModels) {
    this.promoted = promoted;
    this.kept = promoted.ids.map(() => new UnusualFlows());
  }

  /** Takes the flows of a batch that a model alarms at. */
  add(batch: FlowBatch, scores: ExtendedScores): void {
    const first = scores.detectors.length - this.kept.length;
    for (const [m, kept] of this.kept.entries()) {
      const surprise = Float32Array.from(scores.perDetector[first + m]!, surpriseOf);
      kept.add(batch, { anomalous: scores.labAlarms[m]!, surprise });
    }
  }

  /** Most unusual first; flows that an incident explains are left out. */
  findings({ hosts, skipFlows }: AnomalyOptions): KeyedFinding[] {
    return this.kept
      .flatMap((_, member) => this.groups(member, skipFlows))
      .sort((a, b) => bySurprise(a.flows[0]!, b.flows[0]!) || a.member - b.member)
      .slice(0, MOST_FINDINGS)
      .map((group) => ({ key: this.keyOf(group), finding: this.makeFinding(group, hosts) }));
  }

  private groups(member: number, skip: AnomalyOptions['skipFlows']): Group[] {
    const kept = this.kept[member]!;
    const { respHost, respPort } = kept.rows.columns;
    const pairs = new Map<string, Group>();
    for (const flow of kept.flows()) {
      const target = respHost[flow.row]!;
      if (skip(flow.id, flow.source, target, respPort[flow.row]!)) continue;
      const key = `${flow.source} ${target}`;
      const known = pairs.get(key);
      if (known) known.flows.push(flow);
      else pairs.set(key, { member, sources: [flow.source], target, flows: [flow] });
    }
    const bySource = joined([...pairs.values()], (group) => group.sources[0]!);
    return joined(bySource, (group) => group.target)
      .sort((a, b) => bySurprise(a.flows[0]!, b.flows[0]!))
      .slice(0, MOST_FINDINGS);
  }

  private keyOf({ member, sources, target, flows }: Group): string {
    const who = sources.length === 1 ? `${flows[0]!.source}` : 'many';
    return `${this.promoted.ids[member]} ${who} ${target}`;
  }

  private makeFinding({ member, sources, flows }: Group, hosts: HostTable): Finding {
    const { rows } = this.kept[member]!;
    const { name, model } = this.promoted.models[member]!;
    const reasons = this.promoted.reasons(member, rows, flows[0]!.row);
    const who = sources.length === 1 ? hosts.address(sources[0]!) : `${sources.length} hosts`;
    const extent = extentOf(rows, flows);
    const whom = extent.targetsTotal === 1 ? ` to ${hosts.address(extent.targets[0]!)}` : '';
    const number = connections(flows.length);
    const { targetFpr } = model.description.threshold;
    const why = reasons.length === 0 ? '' : ` What says so most: ${reasons.map(({ text }) => text).join('; ')}.`;
    const share = `${Number((targetFpr * 100).toPrecision(3))} %`;
    return {
      detector: this.promoted.ids[member]!,
      kind: 'behavioural-anomaly',
      severity: 'info',
      confidence: confidenceOf(flows[0]!.surprise),
      title: `${who}: the model “${name}” alarms at ${number}${whom}`,
      summary: `${number} of ${who}${whom} ${flows.length === 1 ? 'is' : 'are'} beyond the threshold of the model “${name}”, which was set for ${share} false alarms.${why}`,
      sources,
      sourcesTotal: sources.length,
      ...extent,
      evidence: reasons.map(evidenceOf),
    };
  }
}

function evidenceOf({ text, value, usual }: Reason): Evidence {
  const numbers = typeof value === 'number' && (typeof usual === 'number' || usual === null);
  return numbers
    ? { fact: text, value, expected: usual, unit: '' }
    : { fact: text, value: 1, expected: null, unit: 'flows' };
}

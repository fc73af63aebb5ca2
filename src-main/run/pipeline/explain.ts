/** Puts figures of their flows beside incidents: traffic, and the reasons of the scores. */
import { explainFlow } from '../../detect/explain/index.ts';
import type { HostUsual } from '../../detect/features/host-usual.ts';
import type { FlowScores, Scorer } from '../../detect/detectors/triage.ts';
import { explainWith, type BuiltIncident } from '../../detect/incidents/build.ts';
import type { FlowLog } from './flow-log.ts';
import type { FlowColumn } from './packed-flows.ts';

/** Incidents that are explained, and attributions each: what one reads before going to the desk. */
const EXPLAINED = 25;
const TOP = 5;

/** What is read of all flows, of those that are not looked at further. */
const IDS: readonly FlowColumn[] = ['id'];
const TRAFFIC: readonly FlowColumn[] = ['id', 'origPkts', 'respPkts', 'origIpBytes', 'respIpBytes'];

const round = (value: number): number => Number(value.toFixed(6));

export type IncidentsByFlow = ReadonlyMap<number, readonly BuiltIncident[]>;

/** Flow id → incidents it belongs to. */
export function indexFlows(incidents: readonly BuiltIncident[]): IncidentsByFlow {
  const byFlow = new Map<number, BuiltIncident[]>();
  for (const built of incidents) {
    for (const id of built.flowIds) {
      const known = byFlow.get(id);
      if (known) known.push(built);
      else byFlow.set(id, [built]);
    }
  }
  return byFlow;
}

/** Fills in packets and bytes where the behaviour did not count them: those of the incident's flows. */
export function countTraffic(incidents: readonly BuiltIncident[], byFlow: IncidentsByFlow, log: FlowLog): void {
  const wanted = new Set(incidents.filter((b) => b.incident.packets === 0 && b.flowIds.size > 0));
  const withoutBytes = new Set(incidents.filter((b) => b.incident.bytes === 0));
  if (wanted.size === 0) return;
  for (const batch of log.batches(TRAFFIC)) {
    const c = batch.columns;
    for (let row = 0; row < batch.count; row++) {
      for (const b of byFlow.get(c.id[row]!) ?? []) {
        if (!wanted.has(b)) continue;
        b.incident.packets += c.origPkts[row]! + c.respPkts[row]!;
        if (withoutBytes.has(b)) b.incident.bytes += c.origIpBytes[row]! + c.respIpBytes[row]!;
      }
    }
  }
}

export interface ExplainBy {
  hostUsual: HostUsual | undefined;
  /** Detectors whose scores are told beside: those that are no part of the scorer. */
  also?: readonly string[] | undefined;
}

/** Scores of a row by these detectors, where they looked at it. */
function scoresOf({ detectors, perDetector }: FlowScores, ids: readonly string[], row: number): Record<string, number> {
  const known = ids.map((id) => [id, perDetector[detectors.indexOf(id)]?.[row] ?? NaN] as const);
  return Object.fromEntries(known.filter(([, score]) => !Number.isNaN(score)));
}

/** For each of the first incidents: explains the flow in it that stands out most. */
export function explainIncidents(
  incidents: readonly BuiltIncident[],
  scorer: Scorer,
  log: FlowLog,
  scored: readonly FlowScores[],
  { hostUsual, also = [] }: ExplainBy,
): void {
  const wanted = incidents.slice(0, EXPLAINED).filter((b) => b.flowIds.size > 0);
  if (wanted.length === 0) return;
  const best = new Map<BuiltIncident, { id: number; score: number }>();
  let chunk = 0;
  for (const batch of log.batches(IDS)) {
    const { score } = scored[chunk++]!;
    for (let row = 0; row < batch.count; row++) {
      const id = batch.columns.id[row]!;
      for (const b of wanted) {
        if (!b.flowIds.has(id)) continue;
        const known = best.get(b);
        if (!known || score[row]! > known.score || (score[row]! === known.score && id < known.id)) {
          best.set(b, { id, score: score[row]! });
        }
      }
    }
  }
  const options = { top: TOP, hostUsual };
  const byFlow = new Map<number, BuiltIncident[]>();
  for (const [b, { id }] of best) byFlow.set(id, [...(byFlow.get(id) ?? []), b]);
  chunk = 0;
  for (const batch of log.batches()) {
    if (byFlow.size === 0) break;
    const scores = scored[chunk++]!;
    for (let row = 0; row < batch.count && byFlow.size > 0; row++) {
      const of = byFlow.get(batch.columns.id[row]!);
      if (!of) continue;
      const { base, surprise, score, rest, attributions, detectors } = explainFlow(scorer, batch, row, options);
      for (const b of of) {
        explainWith(b, attributions, { ...detectors, ...scoresOf(scores, also, row) });
        b.incident.explanation = {
          base: round(base),
          surprise: round(surprise),
          score: round(score),
          rest: round(rest),
        };
      }
      byFlow.delete(batch.columns.id[row]!);
    }
  }
}

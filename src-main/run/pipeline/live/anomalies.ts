/**
 * Bare anomalies while a capture runs: flows that the model finds unusual as they end and that nothing known explains.
 * What was found a quarter of an hour ago stays as it was: new oddities are ranked among those of their own time, and a
 * capture of days speaks of them as one of minutes does. The report at the end ranks those of the whole capture anew.
 */
import {
  anomalyFindings,
  createAnomalyCollector,
  type AnomalyCollector,
  type AnomalyOptions,
  type KeyedFinding,
} from '../../../detect/detectors/anomalies.ts';
import { LabAlarms } from '../../../detect/lab/lab-alarms.ts';
import type { ExtendedScores, PromotedModels } from '../../../detect/lab/promoted.ts';
import type { FlowScores, Scorer } from '../../../detect/detectors/triage.ts';
import type { Finding, Origin } from '../../../detect/types.ts';
import type { FlowBatch } from '../../../meter/flows/types.ts';
import type { HostTable } from '../../../meter/hosts.ts';

/** A time of its own, seconds of packets: that after which a quiet incident is over. */
const EPOCH_S = 900;

/** Keeps the unusual flows of one time, and tells what they come to. */
export interface FlowOddities<S extends FlowScores = FlowScores> {
  add(flows: FlowBatch, scores: S): void;
  findings(options: AnomalyOptions): KeyedFinding[];
}

/** Those of the model that scores: a class, so that what it gathered can be saved (run/fleet/state). */
export class ModelOddities implements FlowOddities {
  private readonly collector: AnomalyCollector;

  constructor(scorer: Scorer) {
    this.collector = createAnomalyCollector(scorer);
  }

  add(flows: FlowBatch, scores: FlowScores): void {
    this.collector.add(flows, scores);
  }

  findings(options: AnomalyOptions): KeyedFinding[] {
    return anomalyFindings(this.collector, options);
  }
}

export function anomaliesOf(scorer: Scorer): FlowOddities {
  return new ModelOddities(scorer);
}

/** Those of models of the lab. */
export function alarmsOf(promoted: PromotedModels): FlowOddities<ExtendedScores> {
  return new LabAlarms(promoted);
}

export class LiveAnomalies<S extends FlowScores = FlowScores> {
  /** Changes with every anomalous flow. */
  revision = 0;
  private readonly hosts: HostTable;
  private make: () => FlowOddities<S>;
  private oddities: FlowOddities<S>;
  private since = NaN;
  private earlier: Finding[] = [];
  private current: Finding[] = [];
  /** What each finding said at first, by its key: so that an incident stays the same while it grows. */
  private origins = new Map<string, Origin>();

  constructor(make: () => FlowOddities<S>, hosts: HostTable) {
    this.make = make;
    this.oddities = make();
    this.hosts = hosts;
  }

  /** Takes scored flows that ended by packet time `now`, seconds. */
  add(flows: FlowBatch, scores: S, now: number): void {
    if (!(now - this.since < EPOCH_S)) this.turn(now);
    let found = 0;
    for (let row = 0; row < flows.count; row++) found += scores.anomalous[row]!;
    if (found === 0) return;
    this.oddities.add(flows, scores);
    this.revision++;
  }

  /** A new time begins; `make`: where something else scores from now on. */
  turn(now: number, make: () => FlowOddities<S> = this.make): void {
    const isRecent = ({ last }: Finding): boolean => now - last.sec < 2 * EPOCH_S;
    this.earlier = [...this.earlier, ...this.current].filter(isRecent);
    this.current = [];
    this.origins.clear();
    this.make = make;
    this.oddities = make();
    this.since = now;
  }

  /** Of now and of the time before; `isExplained`: flows that an incident speaks of already. */
  findings(isExplained: AnomalyOptions['skipFlows']): Finding[] {
    this.current = this.oddities
      .findings({ hosts: this.hosts, skipFlows: isExplained })
      .map(({ key: own, finding }) => {
        const { sources, targets, first, decided, detector } = finding;
        // Many sources towards one target stay the same finding whoever of them stands out most.
        const key = sources.length === 1 ? own : `${detector} ${targets[0] ?? -1}`;
        const known = this.origins.get(key);
        const origin = known ?? { source: sources[0] ?? -1, target: targets[0] ?? -1, first, decided };
        if (!known) this.origins.set(key, origin);
        return { ...finding, origin };
      });
    return [...this.earlier, ...this.current];
  }
}

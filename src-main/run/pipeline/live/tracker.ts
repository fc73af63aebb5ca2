/** Incidents as they open, grow and close: what is told of them, compared with what was told before. */
import { isLearned } from '../../../detect/incidents/budget.ts';
import { createHash } from 'node:crypto';
import { SEVERITIES, type Severity } from '../../../../src-shared/domain/incident.ts';
import type { IncidentState } from '../../../../src-shared/domain/live.ts';
import type { Incident } from '../../../../src-shared/domain/report.ts';
import type { BuiltIncident } from '../../../detect/incidents/build.ts';
import { parseTime } from '../../../../src-shared/domain/time.ts';

/** Seconds without new evidence after which an incident is over: what comes later is another (detect/incidents/group). */
const QUIET = 900;
/** An incident is told again at most this often, in seconds of packet time. */
const STEP = 1;
/** … and, while there is new evidence of it, at least this often, whatever its magnitude: whoever waits to hear that it goes on does. */
const GOES_ON = 300;
/** Closed ones that are remembered, so that they are not told again. */
const REMEMBERED = 10_000;

export interface IncidentChange {
  state: IncidentState;
  incident: Incident;
  /** It closed because it turned out to be part of another, or to be explained. */
  withdrawn?: boolean;
  /** Ids of its flows (bounded), where it is not withdrawn. */
  flows?: ReadonlySet<number>;
}

interface Told {
  /** Null: it closed, and nothing more can be told of it but what it is then. */
  incident: Incident | null;
  severity: Severity;
  shape: string;
  /** Packet time, seconds. */
  at: number;
  closed: boolean;
  /** Hash of how it was when it closed. */
  closedAs: string;
}

/** Of all that is told of an incident. */
const hashOf = (incident: Incident): string => createHash('sha1').update(JSON.stringify(incident)).digest('base64');

/** Figures change with every packet; what matters is their magnitude. */
const magnitude = (count: number): number => Math.floor(Math.log2(count + 1));

function shapeOf(i: Incident): string {
  const sizes = [i.sourcesTotal, i.targetsTotal, i.portsTotal, i.domainsTotal, i.flows, i.packets].map(magnitude);
  return [i.severity, i.kind, Math.round(i.confidence * 20), ...sizes].join(' ');
}

/** Whether nothing but the model speaks of it. */
const isBare = ({ detectors }: Incident): boolean => {
  const ids = Object.keys(detectors);
  return ids.length > 0 && ids.every(isLearned);
};

export class IncidentTracker {
  private readonly told = new Map<string, Told>();

  /** What is to be told now, most severe first. `now`: packet time, seconds. */
  update(built: readonly BuiltIncident[], now: number): IncidentChange[] {
    const changes: IncidentChange[] = [];
    const present = new Set<string>();
    for (const { incident, flowIds: flows } of built) {
      present.add(incident.uid);
      const change = this.look(incident, now);
      if (change) changes.push({ state: change, incident, flows });
    }
    for (const [uid, told] of this.told) {
      if (told.closed || present.has(uid)) continue;
      told.closed = true;
      if (told.incident) changes.push({ state: 'closed', incident: told.incident, withdrawn: true });
      told.incident = null;
    }
    this.forget();
    return changes;
  }

  /** The end of the capture: everything closes in its final form, also what had closed with fewer words. */
  finish(built: readonly BuiltIncident[], now: number): IncidentChange[] {
    const changes = this.update(built, now).filter((c) => c.state !== 'update');
    for (const { incident, flowIds: flows } of built) {
      const told = this.told.get(incident.uid);
      const at = changes.findIndex((c) => c.incident.uid === incident.uid && c.state === 'closed');
      if (at >= 0) changes.splice(at, 1);
      else if (told?.closed && told.closedAs === hashOf(incident)) continue;
      const { severity } = incident;
      this.told.set(incident.uid, { incident: null, severity, shape: '', at: 0, closed: true, closedAs: '' });
      changes.push({ state: 'closed', incident, flows });
    }
    return [...changes, ...this.passedOver(built)];
  }

  /** Bare anomalies that had closed, and that are not among the most unusual of the whole capture. */
  private passedOver(built: readonly BuiltIncident[]): IncidentChange[] {
    const present = new Set(built.map(({ incident }) => incident.uid));
    const changes: IncidentChange[] = [];
    for (const { incident, closedAs } of this.told.values()) {
      if (incident === null || closedAs === '' || present.has(incident.uid)) continue;
      changes.push({ state: 'closed', incident, withdrawn: true });
    }
    return changes;
  }

  isClosed(uid: string): boolean {
    return this.told.get(uid)?.closed === true;
  }

  isOpen(uid: string): boolean {
    return this.told.get(uid)?.closed === false;
  }

  /** Of those that are open, by severity. */
  counts(): Record<Severity, number> {
    const counts = Object.fromEntries(SEVERITIES.map((s) => [s, 0])) as Record<Severity, number>;
    for (const { severity, closed } of this.told.values()) if (!closed) counts[severity]++;
    return counts;
  }

  private look(incident: Incident, now: number): IncidentState | null {
    const told = this.told.get(incident.uid);
    const shape = shapeOf(incident);
    const over = now - parseTime(incident.lastTs).sec > QUIET;
    if (!told) {
      const { severity } = incident;
      this.told.set(incident.uid, { incident, severity, shape, at: now, closed: false, closedAs: '' });
      return 'open';
    }
    if (told.closed) return null;
    told.severity = incident.severity;
    told.incident = incident;
    if (over) {
      told.closed = true;
      told.closedAs = hashOf(incident);
      // Days of traffic have thousands of these: only a bare anomaly may have to be taken back.
      if (!isBare(incident)) told.incident = null;
      return 'closed';
    }
    const goesOn = now - told.at >= GOES_ON && parseTime(incident.lastTs).sec > told.at;
    if ((told.shape === shape && !goesOn) || now - told.at < STEP) return null;
    told.shape = shape;
    told.at = now;
    return 'update';
  }

  private forget(): void {
    if (this.told.size <= REMEMBERED) return;
    for (const [uid, { closed }] of this.told) {
      if (this.told.size <= REMEMBERED) return;
      if (closed) this.told.delete(uid);
    }
  }
}

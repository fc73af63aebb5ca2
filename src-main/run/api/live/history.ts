/** What a session has told so far, for a desk that is opened in the middle. Bounded, whatever happens. */
import {
  LIVE_HOSTS,
  LIVE_INCIDENTS,
  LIVE_NOTICES,
  LIVE_SECONDS,
  type LiveDeskEvent,
  type LiveIncidentShown,
  type LiveNoticeShown,
  type LivePoint,
  type LiveTickShown,
} from '../../../../src-shared/contract/topics/live.ts';
import type { LiveIncident, LiveTick } from '../../../../src-shared/domain/live.ts';
import { parseTime } from '../../../../src-shared/domain/time.ts';

/** Hosts whose bytes are remembered: more than are shown, so that one that grows has its past. */
const HOSTS = 4 * LIVE_HOSTS;

type Snapshot = Extract<LiveDeskEvent, { type: 'snapshot' }>;

interface HeatRow {
  /** A value for each point, oldest first; missing ones are before its first. */
  values: Float64Array;
  sum: number;
}

const none = (): LivePoint['opened'] => ({ critical: 0, warning: 0, info: 0 });

function lostOf({ droppedKernel, droppedInterface }: LiveTick): number | null {
  return droppedKernel === null && droppedInterface === null ? null : (droppedKernel ?? 0) + (droppedInterface ?? 0);
}

/** What is shown of an incident; the same fields as the store's. */
export function shownIncident(event: LiveIncident, at: number, openedAt: number): LiveIncidentShown {
  const { event: _event, state, latencyMs, withdrawn = false, ...incident } = event;
  const { severity } = incident;
  return { state, withdrawn, openedAt, changedAt: at, latencyMs, severity, incident: { ...incident } };
}

export class LiveHistory {
  private points: LivePoint[] = [];
  private tick: LiveTickShown | null = null;
  private readonly heat = new Map<string, HeatRow>();
  private readonly incidents = new Map<string, LiveIncidentShown>();
  private notices: LiveNoticeShown[] = [];
  private noticed = 0;
  private opened = none();
  private lost: number | null = 0;

  get latest(): LiveTickShown | null {
    return this.tick;
  }

  /** `at`: milliseconds since 1970. */
  addTick(tick: LiveTick, heat: readonly [string, number][], at: number): LivePoint {
    const lost = lostOf(tick);
    const time = parseTime(tick.ts);
    const point: LivePoint = {
      at,
      packetTime: time.sec + time.nano * 1e-9,
      packetsPerSecond: tick.packetsPerSecond,
      bitsPerSecond: tick.bitsPerSecond,
      anomalousFlows: tick.anomalousFlows,
      dropped: lost === null ? null : Math.max(0, lost - (this.lost ?? 0)),
      sizes: [...tick.sizes],
      opened: this.opened,
    };
    this.opened = none();
    this.lost = lost;
    this.tick = shownTick(tick);
    this.points.push(point);
    if (this.points.length > LIVE_SECONDS) this.points.shift();
    this.turnHeat(heat);
    return point;
  }

  addIncident(event: LiveIncident, at: number): LiveIncidentShown {
    const known = this.incidents.get(event.uid);
    const shown = shownIncident(event, at, known?.openedAt ?? at);
    // What is told of its delay is told once.
    const kept = known && shown.latencyMs === null ? { ...shown, latencyMs: known.latencyMs } : shown;
    if (!known && event.state === 'open') this.opened[event.severity]++;
    this.incidents.set(event.uid, kept);
    this.forgetIncidents();
    return kept;
  }

  /** Whatever watched them is gone. */
  closeIncidents(at: number): void {
    for (const [uid, shown] of this.incidents) {
      if (shown.state !== 'closed') this.incidents.set(uid, { ...shown, state: 'closed', changedAt: at });
    }
  }

  addNotice(code: string, message: string, at: number, user: string | null = null): LiveNoticeShown {
    const notice = { id: ++this.noticed, at, code, message, user };
    this.notices.push(notice);
    if (this.notices.length > LIVE_NOTICES) this.notices.shift();
    return notice;
  }

  snapshot(): Omit<Snapshot, 'type' | 'session'> {
    const rows = [...this.heat]
      .sort(([, a], [, b]) => b.sum - a.sum)
      .slice(0, LIVE_HOSTS)
      .map(([address, { values }]) => ({ address, values: [...values.subarray(LIVE_SECONDS - this.points.length)] }));
    return {
      points: [...this.points],
      tick: this.tick,
      heat: rows,
      incidents: [...this.incidents.values()],
      notices: [...this.notices],
    };
  }

  private turnHeat(heat: readonly [string, number][]): void {
    for (const row of this.heat.values()) {
      row.sum -= row.values[0]!;
      row.values.copyWithin(0, 1);
      row.values[LIVE_SECONDS - 1] = 0;
    }
    for (const [address, bytes] of heat) {
      let row = this.heat.get(address);
      if (!row) this.heat.set(address, (row = { values: new Float64Array(LIVE_SECONDS), sum: 0 }));
      row.values[LIVE_SECONDS - 1]! += bytes;
      row.sum += bytes;
    }
    this.forgetHosts();
  }

  private forgetHosts(): void {
    if (this.heat.size <= HOSTS) return;
    const least = [...this.heat].sort(([, a], [, b]) => a.sum - b.sum).slice(0, this.heat.size - HOSTS);
    for (const [address] of least) this.heat.delete(address);
  }

  /** The oldest that are over go first. */
  private forgetIncidents(): void {
    if (this.incidents.size <= LIVE_INCIDENTS) return;
    const over = [...this.incidents].find(([, { state }]) => state === 'closed') ?? [...this.incidents][0];
    if (over) this.incidents.delete(over[0]);
  }
}

export function shownTick(tick: LiveTick): LiveTickShown {
  return {
    ...tick,
    sizes: [...tick.sizes],
    protocols: tick.protocols.map((each) => ({ ...each })),
    talkers: tick.talkers.map((each) => ({ ...each })),
    incidents: { ...tick.incidents },
  };
}

/** What becomes of incidents outside a worker: the latest form of each by its uid, and a stream of changes. */
import type { LiveIncident } from '../../../../src-shared/domain/live.ts';
import type { IncidentChange } from '../../pipeline/live/tracker.ts';
import { names } from '../names.ts';
import type { Commit } from '../types.ts';

/** Entries that the stream of changes keeps. */
const RESULTS_KEPT = 100_000;

/** An incident of a fleet: as one process tells it, with who saw it. */
export interface FleetIncident extends Omit<LiveIncident, 'event' | 'latencyMs'> {
  schema: 'sonde.fleet-incident/1';
  /** Names of the sensors that saw flows of it; empty where it has none. */
  sensors: string[];
}

export function fleetIncidents(
  changes: readonly IncidentChange[],
  sensorsOf: (uid: string, flows: Iterable<number>) => string[],
): FleetIncident[] {
  return changes.map(({ state, incident, withdrawn, flows }) => ({
    schema: 'sonde.fleet-incident/1',
    state,
    ...(withdrawn ? { withdrawn } : {}),
    ...incident,
    sensors: sensorsOf(incident.uid, flows ?? []),
  }));
}

/** Writing the same twice changes nothing: an incident is known by its uid. */
export function writeIncidents(group: string, told: readonly FleetIncident[]): Pick<Commit, 'append' | 'fields'> {
  const bodies = told.map((incident) => Buffer.from(JSON.stringify(incident)));
  return {
    append: bodies.map((body) => ({ stream: names.results(group), body, most: RESULTS_KEPT })),
    fields: told.map(({ uid }, i) => ({
      table: names.incidents(group),
      field: uid,
      // Also withdrawn: whoever missed the change learns it here.
      body: bodies[i]!,
    })),
  };
}

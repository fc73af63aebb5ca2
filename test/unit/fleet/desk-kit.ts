/** What sensors and workers would publish, for tests of the desk of a fleet. */
import type { LiveIncident } from '../../../src-shared/domain/live.ts';
import type { SensorStanding } from '../../../src-main/run/fleet/merge/timeline.ts';
import { names } from '../../../src-main/run/fleet/names.ts';
import type { SensorHealth, Transport } from '../../../src-main/run/fleet/types.ts';
import type { WorkerHealth } from '../../../src-main/run/fleet/worker/health.ts';
import { writeIncidents, type FleetIncident } from '../../../src-main/run/fleet/worker/tell.ts';
import { incident } from '../live-desk/examples.ts';

export function told(uid: string, sensors: string[], more: Partial<LiveIncident> = {}): FleetIncident {
  const { event: _event, latencyMs: _latency, ...rest } = incident(uid, more);
  return { schema: 'sonde.fleet-incident/1', ...rest, sensors };
}

/** As a worker that has the role writes them. */
export async function publish(transport: Transport, group: string, incidents: readonly FleetIncident[]): Promise<void> {
  const { append = [], fields = [] } = writeIncidents(group, incidents);
  for (const { table, field, body } of fields) {
    if (body) await transport.putField(table, field, body);
    else await transport.dropField(table, field);
  }
  for (const { stream, body, most } of append) await transport.publish(stream, [body], most);
}

export function health(sensor: string, more: Partial<SensorHealth> = {}): SensorHealth {
  return {
    schema: 'sonde.sensor/1',
    sensor,
    run: 1,
    version: '0.1.0',
    at: 1_000_000,
    interface: 'eth0',
    until: 9990,
    packets: 5000,
    packetsPerSecond: 120,
    bitsPerSecond: 800_000,
    flows: 300,
    dropped: 0,
    published: { batches: 10, bytes: 1000, flows: 300 },
    spool: { batches: 0, bytes: 0, ceiling: 1 << 30, lostBatches: 0, lostFlows: 0 },
    connected: true,
    packetsAllowed: false,
    shards: 1,
    ...more,
  };
}

export function standing(name: string, more: Partial<SensorStanding> = {}): SensorStanding {
  const counts = { batches: 5, repeats: 0, missing: 0, lost: 0, late: 0 };
  return { name, ...counts, until: 9990, behind: false, ended: false, waiting: 0, ...more };
}

export function workerHealth(worker: string, more: Partial<WorkerHealth> = {}): WorkerHealth {
  return {
    schema: 'sonde.worker-health/1',
    worker,
    version: '0.1.0',
    at: 1_000_000,
    now: 998,
    model: 'ab'.repeat(32),
    counts: { flows: 600, events: 900, packets: 10_000 },
    refused: {},
    sensors: [],
    ...more,
  };
}

export async function tellWorker(transport: Transport, group: string, one: WorkerHealth): Promise<void> {
  await transport.putField(names.workers(group), one.worker, Buffer.from(JSON.stringify(one)));
}

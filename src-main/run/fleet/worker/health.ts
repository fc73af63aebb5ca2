/** What workers tell of themselves, for who looks at the fleet: a field each in the group's table. */
import { VERSION } from '../../../../src-shared/version.ts';
import type { SensorStanding } from '../merge/timeline.ts';
import { names } from '../names.ts';
import type { Transport } from '../types.ts';
import type { Intake } from './intake.ts';
import type { Site, SiteCounts } from './site.ts';

/** Field of the table that says that every sensor's run has ended and all was told. */
const COMPLETE = '(complete)';

export interface WorkerHealth {
  schema: 'sonde.worker-health/1';
  worker: string;
  version: string;
  /** Wall clock, ms since 1970 UTC. */
  at: number;
  /** Newest packet time that was told, seconds; 0 before any. */
  now: number;
  model: string | null;
  counts: SiteCounts;
  /** Batches that were refused since it took the role, by reason. */
  refused: Record<string, number>;
  sensors: SensorStanding[];
}

/** Of the worker that has the role. */
export function healthOf(worker: string, site: Site, intake: Intake): WorkerHealth {
  return {
    schema: 'sonde.worker-health/1',
    worker,
    version: VERSION,
    at: Date.now(),
    now: site.now,
    model: site.model?.sha256 ?? null,
    counts: { ...site.counts },
    refused: Object.fromEntries(intake.refused),
    sensors: site.timeline.standings(),
  };
}

export async function tellHealth(transport: Transport, group: string, health: WorkerHealth): Promise<void> {
  await transport.putField(names.workers(group), health.worker, Buffer.from(JSON.stringify(health)));
}

export async function tellComplete(transport: Transport, group: string, now: number): Promise<void> {
  await transport.putField(names.workers(group), COMPLETE, Buffer.from(`${now}`));
}

export async function isComplete(transport: Transport, group: string): Promise<boolean> {
  return (await transport.fields(names.workers(group))).has(COMPLETE);
}

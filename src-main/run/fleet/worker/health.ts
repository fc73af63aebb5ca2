/** What workers tell of themselves, for who looks at the fleet: a field each in the group's table. */
import { VERSION } from '../../../../src-shared/version.ts';
import type { SensorStanding } from '../merge/timeline.ts';
import { names } from '../names.ts';
import type { Transport } from '../types.ts';
import type { Intake } from './intake.ts';
import type { Site, SiteCounts } from './site.ts';

/** Field of the table that says that every sensor's run has ended and all was told. */
export const COMPLETE = '(complete)';
const FORGOTTEN_MS = 86_400_000;
/** Workers that are looked at. */
const MOST = 10_000;

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
  /** It has no role, and waits for one. */
  standby?: true;
}

/** Of a worker that waits for the role. */
export function standbyHealth(worker: string): WorkerHealth {
  return {
    schema: 'sonde.worker-health/1',
    worker,
    version: VERSION,
    at: Date.now(),
    now: 0,
    model: null,
    counts: { flows: 0, events: 0, packets: 0 },
    refused: {},
    sensors: [],
    standby: true,
  };
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

/** Names of workers are made up anew at each start: those that were not heard for a day go. */
export async function forgetOld(transport: Transport, group: string): Promise<void> {
  for await (const [name, body] of transport.eachField(names.workers(group), MOST)) {
    if (name !== COMPLETE && Date.now() - toldAt(body) > FORGOTTEN_MS) {
      await transport.dropField(names.workers(group), name);
    }
  }
}

/** 0 for what is no health. */
function toldAt(body: Uint8Array): number {
  try {
    const { at } = JSON.parse(Buffer.from(body).toString()) as { at?: unknown };
    return typeof at === 'number' ? at : 0;
  } catch {
    return 0;
  }
}

export async function tellComplete(transport: Transport, group: string, now: number): Promise<void> {
  await transport.putField(names.workers(group), COMPLETE, Buffer.from(`${now}`));
}

export async function isComplete(transport: Transport, group: string): Promise<boolean> {
  const [told] = await transport.someFields(names.workers(group), [COMPLETE]);
  return told !== undefined;
}

/** A fleet as the desk sees it: its sensors, its workers, and what came of them (docs/fleet.md). */
import { query, subscription } from '../define.ts';
import { z } from '../schema.ts';
import { captureId, count, moment, nothing } from './common.ts';

/**
 * well: it sends. losing: it sends, and packets or flows were lost since it was looked at before. behind: the worker waits for it no
 * more. silent: it was heard, and is no longer. ended: its run is over. unheard: nothing was ever heard of it. refused: what it
 * says is not signed by its key.
 */
export const SENSOR_STATES = ['well', 'losing', 'behind', 'silent', 'ended', 'unheard', 'refused'] as const;
export type SensorState = (typeof SENSOR_STATES)[number];

/** works: it has the site's role. */
export const WORKER_STATES = ['works', 'stands-by', 'silent'] as const;
export type WorkerState = (typeof WORKER_STATES)[number];

/** Seconds; null where it is not known. */
const lag = z.object({
  /** Of packet time: from what was sent to what was analysed. */
  packets: z.number().nullable(),
  /** By the clock of who tells it: since the newest packet time that it is done with. */
  wall: z.number().nullable(),
});

export const fleetSensor = z.object({
  name: z.string(),
  state: z.enum(SENSOR_STATES),
  /** When it was heard last; null: never. */
  heard: moment.nullable(),
  lag,
  /** What it said of itself last; null where it was never heard. */
  health: z
    .object({
      version: z.string(),
      /** The network card, or the files it reads. */
      interface: z.string(),
      /** It reads files: the time of their packets is not that of its clock. */
      replay: z.boolean(),
      packets: count,
      packetsPerSecond: count,
      bitsPerSecond: count,
      flows: count,
      /** Between two looks; null at the first. */
      flowsPerSecond: count.nullable(),
      /** Packets lost before they were metered; null where that cannot be known. */
      dropped: count.nullable(),
      /** What waits on its disk, and what did not fit. */
      spool: z.object({ batches: count, bytes: count, ceiling: count, lostBatches: count, lostFlows: count }),
      /** Requests for packets, since it was started, that it answered and refused (by reason); null: it hands out none. */
      handsOut: z.object({ answered: count, refused: z.record(z.string(), count) }).nullable(),
    })
    .nullable(),
  /** What the worker said of it last; null where none did. `waiting`: parts of slices that wait for other sensors. */
  standing: z.object({ missing: count, lost: count, late: count, repeats: count, waiting: count }).nullable(),
});
export type FleetSensor = z.infer<typeof fleetSensor>;

export const fleetWorker = z.object({
  name: z.string(),
  state: z.enum(WORKER_STATES),
  version: z.string(),
  heard: moment,
  /** The role that it has; null: none. */
  lease: z.string().nullable(),
  /** SHA-256 of the model that it scores by; null: by none, or it does not work. */
  model: z.string().nullable(),
  lag,
  flows: count,
  packets: count,
  /** Batches that it did not take, by reason. */
  refused: z.record(z.string(), count),
});
export type FleetWorker = z.infer<typeof fleetWorker>;

export const fleetState = z.object({
  /** When it was looked at, by the clock of the desk. */
  at: moment,
  /** Address of the server, without a password. */
  server: z.string(),
  /** Workers of which group are listened to. */
  group: z.string(),
  connected: z.boolean(),
  /** Since when that is so. */
  since: moment,
  /** What is wrong, and what to do about it; null: nothing is. */
  trouble: z.object({ message: z.string(), cure: z.string() }).nullable(),
  /** What its incidents are kept as; null before there is one. */
  capture: captureId.nullable(),
  /** Changes of incidents that were taken since the desk began. */
  taken: count,
  /** Records that were not taken since then, by reason. */
  refused: z.record(z.string(), count),
  /** What was too large to be taken from the server since the desk began: key, which part of it last, bytes (0: not known). */
  tooLarge: z.array(z.object({ key: z.string(), part: z.string(), bytes: count, times: count })),
  /** Times that the server no longer had what came since the desk read last: the latest form of each incident was read instead. */
  gaps: count,
  /** In the order of the list of sensors. */
  sensors: z.array(fleetSensor),
  /** Who has the role first. */
  workers: z.array(fleetWorker),
});
export type FleetState = z.infer<typeof fleetState>;

/** fleet null: this desk is of no fleet. */
const answer = z.object({ fleet: fleetState.nullable() });

export const fleet = {
  state: query(nothing, answer),
  /** The state now, and each time that it was looked at. */
  watch: subscription(nothing, answer),
} as const;

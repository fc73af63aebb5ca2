/** A fleet as the desk sees it: its sensors, its workers, and what came of them (docs/fleet.md). */
import { command, query, subscription } from '../define.ts';
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

/** Characters of a list of sensors, of certificates and of a private key, as files have them. */
export const SENSORS_TEXT_MAX = 160_000;
export const CERTIFICATES_MAX = 32_000;
export const PRIVATE_KEY_MAX = 4096;
const ADDRESS_MAX = 1000;
const USER_MAX = 128;
const GROUP_MAX = 64;
const PASSWORD_MAX = 1024;

/** What follows a fleet: a server, how to get in, and whose words count. */
const place = z.strictObject({
  address: z.string().trim().min(1).max(ADDRESS_MAX).describe('rediss://HOST:PORT, without a password'),
  user: z.string().trim().max(USER_MAX).default('').describe('of the server; empty: its default user'),
  group: z.string().trim().min(1).max(GROUP_MAX).default('main').describe('of workers'),
  allowPrivate: z.boolean().default(false).describe('the server may have a private, loopback or link-local address'),
});

/** Contents of files and secrets that are left out stay as they are kept; '' forgets what is kept. */
export const fleetDraft = place.extend({
  sensors: z.string().max(SENSORS_TEXT_MAX).optional().describe('names and public keys, schema sonde.sensors/1'),
  ca: z.string().max(CERTIFICATES_MAX).optional().describe('certificates that may have signed the server’s, PEM'),
  certificate: z.string().max(CERTIFICATES_MAX).optional().describe('ours, where the server asks for one, PEM'),
  certificateKey: z.string().max(PRIVATE_KEY_MAX).optional().describe('its private key, PEM'),
  password: z.string().max(PASSWORD_MAX).optional(),
  packetsKey: z.string().max(PRIVATE_KEY_MAX).optional().describe('of this desk: it asks sensors for packets with it'),
});
export type FleetDraft = z.infer<typeof fleetDraft>;

/** What is kept, without its secrets. */
export const fleetSource = place.extend({
  /** Whether it is followed, also after the next start. */
  enabled: z.boolean(),
  /** Names of the list. */
  sensors: z.array(z.string()),
  /** Whose certificates they are, and until when; '' where there are none. */
  ca: z.string(),
  certificate: z.string(),
  /** Which secrets are kept. */
  hasPassword: z.boolean(),
  hasCertificateKey: z.boolean(),
  hasPacketsKey: z.boolean(),
});
export type FleetSource = z.infer<typeof fleetSource>;

/** command-line: named when the program was started, and followed until it ends. desk: connected in the desk itself. */
const origin = z.enum(['command-line', 'desk']);

const answer = z.object({
  /** null: no fleet is followed. */
  fleet: fleetState.nullable(),
  /** Who named the fleet that is followed, or is to be; null: nobody did. */
  from: origin.nullable(),
  /** Why the fleet that was named is not followed, and what to do about it. */
  fault: z.object({ message: z.string(), cure: z.string() }).nullable(),
});
export type FleetAnswer = z.infer<typeof answer>;

export const fleet = {
  state: query(nothing, answer),
  /** The state now, and each time that it was looked at. */
  watch: subscription(nothing, answer),
  /** What is kept of the fleet that was connected in the desk; null: nothing. */
  source: query(nothing, z.object({ source: fleetSource.nullable() }), 'admin'),
  /** Asks the server what a desk would; changes nothing. */
  test: command(fleetDraft, z.object({ ok: z.boolean(), words: z.string(), ms: count }), 'admin'),
  /** Follows this fleet from now on, also after the next start; where the server is not reached nothing changes. */
  connect: command(fleetDraft, fleetSource, 'admin'),
  /** Follows it no longer. What it told stays. */
  disconnect: command(
    z.strictObject({ forget: z.boolean().default(false).describe('what is kept of it goes, too') }),
    nothing,
    'admin',
  ),
} as const;

/** What a sensor tells of itself, signed: its words are shown to people, so others must not be able to put them there. */
import { sign, verify } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { z } from 'zod';
import { isName, SHARDS_MAX } from '../names.ts';
import type { SensorHealth } from '../types.ts';
import { WireError } from './error.ts';
import type { KeyOf } from './seal.ts';

const SIGNATURE = 64;
/** Bytes of it at most. */
export const HEALTH_MAX = 16_384;
const PURPOSE = Buffer.from('sonde.sensor/1\0', 'latin1');

const count = z.int().nonnegative();
/** What no machine reaches is none. */
const rate = z.number().nonnegative().max(1e15);
/** ms since 1970 that a calendar has. */
const moment = z.int().nonnegative().max(8.64e15);
const schema: z.ZodType<SensorHealth> = z.strictObject({
  schema: z.literal('sonde.sensor/1'),
  sensor: z.string().refine(isName),
  run: count,
  version: z.string().max(32),
  at: moment,
  interface: z.string().max(1024),
  replay: z.literal(true).exactOptional(),
  until: count,
  packets: count,
  packetsPerSecond: rate,
  bitsPerSecond: rate,
  flows: count,
  dropped: count.nullable(),
  published: z.strictObject({ batches: count, bytes: count, flows: count }),
  spool: z.strictObject({ batches: count, bytes: count, ceiling: count, lostBatches: count, lostFlows: count }),
  connected: z.boolean(),
  packetsAllowed: z.boolean(),
  packetRequests: z.strictObject({ answered: count, refused: z.record(z.string().max(32), count) }).exactOptional(),
  shards: z.int().min(1).max(SHARDS_MAX),
});

export function sealHealth(health: SensorHealth, key: KeyObject): Buffer {
  const json = Buffer.from(JSON.stringify(health), 'utf8');
  return Buffer.concat([sign(null, Buffer.concat([PURPOSE, json]), key), json]);
}

/** @throws WireError whatever the bytes are */
export function openHealth(sealed: Uint8Array, keyOf: KeyOf): SensorHealth {
  if (sealed.length > HEALTH_MAX) throw new WireError('too-large', `it has ${sealed.length} bytes`);
  if (sealed.length < SIGNATURE) throw new WireError('truncated', `it has ${sealed.length} bytes`);
  const json = Buffer.from(sealed.subarray(SIGNATURE));
  let health: SensorHealth | undefined;
  try {
    health = schema.safeParse(JSON.parse(json.toString('utf8'))).data;
  } catch {
    // Said below.
  }
  if (!health) throw new WireError('not-a-batch', 'it does not say what a sensor says of itself');
  const key = keyOf(health.sensor);
  if (!key) throw new WireError('unknown-sensor', 'its sensor is not known');
  if (!verify(null, Buffer.concat([PURPOSE, json]), key, sealed.subarray(0, SIGNATURE))) {
    throw new WireError('bad-signature', 'its signature is not that of its sensor');
  }
  return health;
}

/** What a worker tells of itself, as the desk takes it: it is not signed, so nothing of it is believed to be as it should be. */
import { z } from 'zod';
import { CELLS_PER_SECOND } from '../../pipeline/slices.ts';
import { isName } from '../names.ts';
import { isTooDeep } from './depth.ts';
import { WIRE_FAULTS } from '../wire/error.ts';
import type { WorkerHealth } from '../worker/health.ts';

const MOST = 1 << 20;
const SENSORS_MAX = 1024;
const SHA256 = /^[0-9a-f]{64}$/;

const count = z.int().min(0);
/** Packet time, seconds and tenths of them, of the years that a time is written with. */
const SECONDS_MAX = 1e12;
const standing = z.object({
  name: z.string().refine(isName),
  batches: count,
  repeats: count,
  missing: count,
  lost: count,
  late: count,
  until: z
    .number()
    .min(0)
    .max(SECONDS_MAX * CELLS_PER_SECOND)
    .nullable(),
  behind: z.boolean(),
  ended: z.boolean(),
  waiting: count,
});

const schema = z.object({
  schema: z.literal('sonde.worker-health/1'),
  worker: z.string().refine(isName),
  version: z.string().max(32),
  at: count,
  now: z.number().min(0).max(SECONDS_MAX),
  model: z.string().regex(SHA256).nullable(),
  counts: z.object({ flows: count, events: count, packets: count }),
  refused: z.partialRecord(z.enum(WIRE_FAULTS), count),
  sensors: z.array(standing).max(SENSORS_MAX),
  standby: z.literal(true).optional(),
});

/** Undefined for what is no such record, or that of another worker. Never throws. */
export function readWorker(name: string, body: Uint8Array): WorkerHealth | undefined {
  if (body.length > MOST || isTooDeep(body)) return undefined;
  try {
    const { data } = schema.safeParse(JSON.parse(Buffer.from(body).toString('utf8')));
    if (data?.worker !== name) return undefined;
    const { standby, refused, ...rest } = data;
    const known = Object.fromEntries(Object.entries(refused).map(([fault, n]) => [fault, n ?? 0]));
    return { ...rest, refused: known, ...(standby ? { standby } : {}) };
  } catch {
    return undefined;
  }
}

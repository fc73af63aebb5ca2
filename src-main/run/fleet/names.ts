/**
 * Names of streams, roles, keys and tables. Every sensor has streams and keys of its own, so that its access rights can be
 * held to them, and its flood trims nobody else's entries.
 */
import { createHash } from 'node:crypto';

/** Names of sensors, groups and workers. */
const NAME = /^[a-z0-9][a-z0-9._-]{0,63}$/;

export const SHARDS_MAX = 256;
/** Incidents, the latest, that the table of a group keeps at least, and that a desk takes from it. */
export const INCIDENTS_KEPT = 100_000;

/** What to do about one that is none. */
export const NAME_CURE = "Write up to 64 of a-z, 0-9, '-', '_' and '.', a letter or digit first.";

export function isName(text: string): boolean {
  return NAME.test(text);
}

export const names = {
  /** Stream of a sensor's slices for one shard. */
  slices: (shard: number, sensor: string): string => `slices:${shard}:${sensor}`,
  /** Key of what a sensor tells of itself; table of what workers tell. */
  health: (sensor: string): string => `health:${sensor}`,
  workers: (group: string): string => `workers:${group}`,
  /** Stream of incidents as they change, and table of each one's latest form by uid. */
  results: (group: string): string => `results:${group}`,
  incidents: (group: string): string => `incidents:${group}`,
  /** Roles. */
  shardRole: (group: string, shard: number): string => `${group}:shard:${shard}`,
  correlatorRole: (group: string): string => `${group}:correlator`,
  /** Stream of what a shard's owner made of its slices, for the correlator. */
  scored: (group: string, shard: number): string => `scored:${group}:${shard}`,
  /** Key that says which model counts: its hash. */
  model: (group: string): string => `model:${group}`,
  /** Service that hands out a sensor's packets. */
  packets: (sensor: string): string => `packets:${sensor}`,
} as const;

/** Which shard a host belongs to, by the four words of its address: the same on every machine and in every run. */
export function shardOf(words: Uint32Array, at: number, shards: number): number {
  if (shards === 1) return 0;
  // FNV-1a over the words, stirred: addresses of one network differ in their last bits only.
  let h = 0x811c9dc5;
  for (let i = 0; i < 4; i++) h = Math.imul(h ^ words[at + i]!, 0x01000193);
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return ((h ^ (h >>> 16)) >>> 0) % shards;
}

export function sha256(body: Uint8Array): string {
  return createHash('sha256').update(body).digest('hex');
}

/** Less than 0 where a stands before b. Offsets are 'N' or 'N-M', both whole numbers. */
export function compareOffsets(a: string, b: string): number {
  const [[aTime, aCount], [bTime, bCount]] = [parts(a), parts(b)];
  return aTime - bTime || aCount - bCount;
}

function parts(offset: string): [number, number] {
  const [time = '0', count = '0'] = offset.split('-');
  return [Number(time), Number(count)];
}

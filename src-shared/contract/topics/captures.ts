/** Captures: what was imported, importing, removing. */
import { QUALITY_CODES } from '../../domain/capture-quality.ts';
import { command, query, subscription } from '../define.ts';
import { z } from '../schema.ts';
import { captureId, count, moment, nothing, time, typed, warning } from './common.ts';

const severityCounts = z.object({ critical: count, warning: count, info: count });

export const captureRow = z.object({
  id: captureId,
  name: z.string(),
  /** incomplete: the import is under way, or ended before its end; partial: not all of the input could be read. */
  status: z.enum(['incomplete', 'complete', 'partial']),
  importedAt: moment,
  packets: count,
  bytes: count,
  firstTs: time.nullable(),
  lastTs: time.nullable(),
  flows: count,
  hosts: count,
  /** Not counting suppressed ones. */
  incidents: severityCounts,
  suppressed: count,
  /** Kinds of damage and oddities that the reader met. */
  warnings: count,
});
export type CaptureRow = z.infer<typeof captureRow>;

const qualityCode = z.enum(QUALITY_CODES);

/** What is wrong with the capture as such. */
const quality = z.object({
  code: qualityCode,
  severity: z.enum(['info', 'warning']),
  title: z.string(),
  message: z.string(),
  effect: z.string(),
  cure: z.string(),
  guide: z.string(),
  /** Somebody has put it away. */
  dismissed: z.boolean(),
});

const input = z.object({
  path: z.string(),
  sha256: z.string(),
  format: z.string(),
  linkTypes: z.array(z.string()),
  packets: count,
  bytes: count,
  firstTs: time.nullable(),
  lastTs: time.nullable(),
  warnings: z.array(warning),
});

export const captureDetail = captureRow.extend({
  inputs: z.array(input),
  quality: z.array(quality),
  /** The kind of network by which it was judged; why that one. */
  profile: z.object({ name: z.string(), reason: z.string() }).nullable(),
  /** Networks that counted as ours; empty: the private ones; null: not noted. */
  networks: z.array(z.string()).nullable(),
  /** Alarms a day that were tolerated, how many that is in its time, and the bare anomalies that became warnings. */
  budget: z.object({ perDay: z.number(), allowed: count, raised: count }).nullable(),
  model: z.object({ name: z.string(), sha256: z.string(), fittedToCapture: z.boolean() }).nullable(),
  detectors: z.array(z.object({ id: z.string(), status: z.string(), flowsScored: count })),
  /** Models of the lab that scored it: under which name, and the flows at or above their thresholds. */
  promoted: z.array(z.object({ id: z.string(), name: z.string(), alarms: count })),
  scores: z.enum(['scored', 'insufficient', 'not-scored']).nullable(),
  anomalousFlows: count,
  cutShort: count,
  /** Captures of the very same files that were opened before, newest first. */
  before: z.array(z.object({ capture: captureId, name: z.string() })),
});
export type CaptureDetail = z.infer<typeof captureDetail>;

const filePlaces = [
  z.strictObject({ kind: z.literal('path'), path: typed.min(1) }),
  z.strictObject({ kind: z.literal('upload'), id: z.string().min(1).max(64) }),
] as const;

/** A file on the machine of the host (desktop only), or an upload. */
export const fileSource = z.discriminatedUnion('kind', filePlaces);

/** What to import: a file on the machine of the host (desktop only), an upload, or the sample that ships with Sonde. */
const source = z.discriminatedUnion('kind', [...filePlaces, z.strictObject({ kind: z.literal('sample') })]);

export const importState = z.object({
  job: z.int().min(1),
  name: z.string(),
  /** waiting: others are before it. reading, scoring, keeping: under way. */
  stage: z.enum(['waiting', 'reading', 'scoring', 'keeping', 'done', 'cancelled', 'failed']),
  /** Input bytes read; of how many (null: unknown). */
  bytes: count,
  total: count.nullable(),
  packets: count,
  packetsPerSecond: count,
  secondsElapsed: count,
  secondsLeft: count.nullable(),
  /** The capture it is kept as, once there is one. After `cancelled` what was read so far is kept, as partial. */
  capture: captureId.nullable(),
  warnings: z.array(warning),
  error: z.object({ code: z.string(), message: z.string(), cure: z.string() }).nullable(),
});
export type ImportState = z.infer<typeof importState>;

export const captures = {
  /** Newest first. */
  list: query(nothing, z.object({ captures: z.array(captureRow) })),
  get: query(z.strictObject({ capture: captureId }), captureDetail),
  /** Several sources are one capture, ordered by time. Answers at once; `progress` tells the rest. */
  import: command(
    z.strictObject({ sources: z.array(source).min(1).max(64), name: typed.optional() }),
    z.object({ job: z.int().min(1) }),
  ),
  /** Its files once more, as another capture: by the settings, rules, roles and models of today. Answers as `import`. */
  readAgain: command(z.strictObject({ capture: captureId }), z.object({ job: z.int().min(1) })),
  /** What was read so far is kept. */
  cancelImport: command(z.strictObject({ job: z.int().min(1) }), nothing),
  /** Imports under way and those that ended since the program started (at most 50), newest first. */
  imports: query(nothing, z.object({ jobs: z.array(importState) })),
  /** The state of one import, or of all, now and at every change (at most 10 a second each). Ends with the import. */
  progress: subscription(z.strictObject({ job: z.int().min(1).nullable() }), importState),
  /** With all that belongs to it. */
  remove: command(z.strictObject({ capture: captureId }), nothing),
  /** Puts a warning about the capture as such away, for everyone, or shows it again. */
  dismissQuality: command(z.strictObject({ capture: captureId, code: qualityCode, dismissed: z.boolean() }), nothing),
  rename: command(z.strictObject({ capture: captureId, name: typed.min(1).max(200) }), nothing),
} as const;

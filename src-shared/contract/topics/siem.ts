/** Continuous exports: incidents, and flows where they are wanted, to a file or a log server while a session runs. */
import { command, query } from '../define.ts';
import { z } from '../schema.ts';
import { channelId, channelName } from './alerts.ts';
import { count, moment, nothing } from './common.ts';

export const SIEM_EXPORTS_MAX = 10;
const TARGET_MAX = 2000;
const BYTES_LEAST = 4096;
const BYTES_MOST = 2 ** 40;
const BYTES_USUAL = 100 * 1024 ** 2;
const SECONDS_MOST = 366 * 86_400;
const FILES_MOST = 10_000;
const FILES_USUAL = 10;

export const SIEM_FORMATS = ['ndjson', 'eve', 'ecs', 'ocsf', 'cef', 'leef'] as const;

const rotation = z.strictObject({
  bytes: z
    .int()
    .min(BYTES_LEAST)
    .max(BYTES_MOST)
    .default(BYTES_USUAL)
    .describe('the file is put aside before it grows beyond'),
  seconds: z
    .int()
    .min(1)
    .max(SECONDS_MOST)
    .nullable()
    .default(null)
    .describe('… or when it is older; null: by its size alone'),
  files: z.int().min(1).max(FILES_MOST).default(FILES_USUAL).describe('kept in all, the current one among them'),
});

export const siemExport = z.strictObject({
  id: channelId,
  name: channelName.optional().describe('as people know it; absent: the id'),
  enabled: z.boolean().default(true),
  target: z.string().min(1).max(TARGET_MAX).describe('the full path of a file, or syslog+udp|tcp|tls://HOST:PORT'),
  format: z.enum(SIEM_FORMATS).default('ndjson'),
  flows: z.boolean().default(false).describe('flows too as they end (ndjson and eve)'),
  allowPrivate: z.boolean().default(false).describe('a log server may have a private, loopback or link-local address'),
  rotation: rotation.prefault({}).describe('of a file'),
});
export type SiemExport = z.infer<typeof siemExport>;

const state = z.object({
  /** `waiting`: no session runs. */
  state: z.enum(['off', 'waiting', 'working', 'failing']),
  /** What went wrong last, and when; '' and null: nothing since it was put to work. */
  error: z.string(),
  errorAt: moment.nullable(),
  /** Lines or messages of the session that runs, or of the last one. */
  written: count,
  lost: count,
});

const shown = siemExport.extend({ name: channelName, ...state.shape });
export type SiemExportShown = z.infer<typeof shown>;

export const siem = {
  list: query(nothing, z.object({ exports: z.array(shown) }), 'analyst'),
  /** Without `id` a new one is made. */
  set: command(siemExport.extend({ id: channelId.optional(), name: channelName }), shown, 'admin'),
  remove: command(z.strictObject({ id: channelId }), nothing, 'admin'),
  /** Writes or sends one line that says it is a test: to one that is kept, or as it would be. */
  test: command(
    siemExport.omit({ id: true, name: true, enabled: true }),
    z.object({ ok: z.boolean(), words: z.string(), ms: count }),
    'admin',
  ),
} as const;

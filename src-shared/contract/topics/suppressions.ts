/** Suppressions: what is expected, and for how long. */
import { SUPPRESSIONS_MAX } from '../../domain/suppression.ts';
import { suppressionScope } from './scope.ts';
import { command, query } from '../define.ts';
import { z } from '../schema.ts';
import { captureId, count, incidentRow, incidentUid, moment, nothing, time, typed } from './common.ts';
import { AUTHOR_MAX, REASON_MAX } from './suppression-file.ts';

export const suppressionRow = z.object({
  id: z.int(),
  scope: suppressionScope,
  reason: z.string(),
  author: z.string(),
  createdAt: moment,
  /** null: never. */
  expiresAt: moment.nullable(),
  enabled: z.boolean(),
  state: z.enum(['active', 'expired', 'off']),
  /** Incidents that it silences now. */
  hits: count,
  /** When it last silenced one that was not silenced by it before. */
  lastHitAt: moment.nullable(),
  /** Why it may go: its time is over, or it has silenced nothing for a week and never did. */
  stale: z.enum(['expired', 'never-hit']).nullable(),
});
export type SuppressionRow = z.infer<typeof suppressionRow>;

const byId = { id: z.int().min(1) };
const severities = z.object({ critical: count, warning: count, info: count });

export const suppressionPreview = z.object({
  total: count,
  severities,
  /** When the first of them began, and the last. */
  firstTs: time.nullable(),
  lastTs: time.nullable(),
  /** Those that began in the last 30 days. */
  recent: z.object({ total: count, severities }),
  /** Those that somebody investigates, or has closed. */
  pursued: count,
  /** Beside them: what the scope fits and others silence. */
  already: count,
  /** At most 50, most severe first. */
  rows: z.array(incidentRow),
});
export type SuppressionPreview = z.infer<typeof suppressionPreview>;

export const suppressions = {
  list: query(nothing, z.object({ suppressions: z.array(suppressionRow) })),
  /** What a suppression of this scope would silence that is not silent yet. */
  preview: query(z.strictObject({ scope: suppressionScope }), suppressionPreview),
  /** What the flows of an incident tell that a scope may name. */
  marks: query(
    z.strictObject({ capture: captureId, uid: incidentUid }),
    z.object({ protocols: z.array(z.string()), ja4: z.array(z.string()) }),
  ),
  /** Applied to past results at once. */
  create: command(
    z.strictObject({
      scope: suppressionScope,
      reason: typed.max(REASON_MAX).default(''),
      expiresAt: moment.nullable().default(null),
    }),
    suppressionRow,
  ),
  /** Several as they stand in a file, also expired ones; those that silence the same for as long are there once. */
  add: command(
    z.strictObject({
      suppressions: z
        .array(
          z.strictObject({
            scope: suppressionScope,
            reason: typed.max(REASON_MAX).default(''),
            /** Absent: the caller. */
            author: typed.max(AUTHOR_MAX).optional(),
            /** Absent: now. */
            createdAt: moment.optional(),
            expiresAt: moment.nullable().default(null),
            enabled: z.boolean().default(true),
          }),
        )
        .min(1)
        .max(SUPPRESSIONS_MAX),
    }),
    z.object({ added: count, same: count }),
  ),
  /** All of them as a file of schema `sonde.suppressions/1`. */
  export: command(nothing, z.object({ download: z.string(), name: z.string(), bytes: count, suppressions: count })),
  setEnabled: command(z.strictObject({ ...byId, enabled: z.boolean() }), suppressionRow),
  /** What it silenced is heard again. */
  remove: command(z.strictObject(byId), nothing),
  /** Several at once; those that are no longer there are passed over. */
  removeAll: command(
    z.strictObject({ ids: z.array(byId.id).min(1).max(SUPPRESSIONS_MAX) }),
    z.object({ removed: count }),
  ),
} as const;

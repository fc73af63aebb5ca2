/** Suppressions: what is expected, and for how long. */
import { suppressionScope } from './scope.ts';
import { command, query } from '../define.ts';
import { z } from '../schema.ts';
import { count, incidentRow, moment, nothing, typed } from './common.ts';

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
  lastHitAt: moment.nullable(),
});
export type SuppressionRow = z.infer<typeof suppressionRow>;

const byId = { id: z.int().min(1) };

export const suppressions = {
  list: query(nothing, z.object({ suppressions: z.array(suppressionRow) })),
  /** What a suppression of this scope would silence that is not silent yet: how many, and at most 50 of them. */
  preview: query(z.strictObject({ scope: suppressionScope }), z.object({ total: count, rows: z.array(incidentRow) })),
  /** Applied to past results at once. */
  create: command(
    z.strictObject({
      scope: suppressionScope,
      reason: typed.max(500).default(''),
      expiresAt: moment.nullable().default(null),
    }),
    suppressionRow,
  ),
  setEnabled: command(z.strictObject({ ...byId, enabled: z.boolean() }), suppressionRow),
  /** What it silenced is heard again. */
  remove: command(z.strictObject(byId), nothing),
} as const;

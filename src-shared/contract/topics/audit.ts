/** Who opened, suppressed, exported or changed what. The log can only grow. */
import { query } from '../define.ts';
import { z } from '../schema.ts';
import { count, cursor, limit, moment, typed } from './common.ts';

export const AUDIT_ACTIONS = [
  'sign-in',
  'sign-in-refused',
  'sign-out',
  'open',
  'import',
  'cancel',
  'remove',
  'rename',
  'status',
  'suppress',
  'export',
  'filter',
  'settings',
  'watch',
  'watch-end',
  'mark',
  'install-helper',
  'experiment',
  'model-train',
  'model-import',
  'model-rename',
  'model-promote',
  'model-roll-back',
  'model-withdraw',
  'model-remove',
  'model-retrain',
  'score',
  'rules',
  'quality',
  'role',
  'open-case',
  'diagnostics',
  'delete-data',
] as const;
export type AuditAction = (typeof AUDIT_ACTIONS)[number];

export const audit = {
  /** Latest first. */
  list: query(
    z.strictObject({
      actions: z.array(z.enum(AUDIT_ACTIONS)).max(32).optional(),
      search: typed.default(''),
      limit: limit.default(100),
      cursor: cursor.optional(),
    }),
    z.object({
      rows: z.array(
        z.object({
          id: z.int(),
          at: moment,
          user: z.string(),
          action: z.enum(AUDIT_ACTIONS),
          object: z.string(),
          detail: z.string(),
        }),
      ),
      total: count,
      next: cursor.nullable(),
    }),
  ),
} as const;

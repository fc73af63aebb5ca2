/** The program itself. */
import { query, subscription, ROLES } from '../define.ts';
import { z } from '../schema.ts';
import { captureId, count, nothing } from './common.ts';

export const CHANGES = [
  'alerts',
  'captures',
  'incidents',
  'suppressions',
  'settings',
  'filters',
  'live',
  'lab',
  'models',
  'rules',
] as const;

export const app = {
  version: query(nothing, z.object({ version: z.string(), runtime: z.string(), platform: z.string() })),
  health: query(
    nothing,
    z.object({ status: z.enum(['ok', 'degraded']), message: z.string(), importsRunning: count, uptimeSeconds: count }),
  ),
  /** Who the caller is, and what the host can do. */
  session: query(
    nothing,
    z.object({
      user: z.string(),
      /** In an opened case everybody is a viewer. */
      role: z.enum(ROLES),
      /** Whether the caller may look at packets, and export them and flows: in a case as on the desk. */
      packets: z.boolean(),
      host: z.enum(['browser', 'desktop']),
      /** Whether `captures.import` takes paths. */
      paths: z.boolean(),
      /** Whether the database outlives the program. */
      kept: z.boolean(),
      /** Whether this is the desk of an opened case, in which nobody may change anything. */
      isCase: z.boolean(),
    }),
  ),
  /** Told after something changed, by whomever: ask again for what you show of it. */
  changes: subscription(nothing, z.object({ what: z.enum(CHANGES), capture: captureId.nullable() })),
} as const;

/** Who talks to whom. */
import { query } from '../define.ts';
import { z } from '../schema.ts';
import { graph as shape, selection } from './common.ts';

export const graph = {
  /** The hosts of most bytes among the selected flows, and the edges between them. */
  get: query(z.strictObject({ ...selection, limit: z.int().min(1).max(2000).default(500) }), shape),
} as const;

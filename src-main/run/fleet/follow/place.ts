/** Where a group's incidents stand in a database, and up to where its stream of results is kept there. */
import { z } from 'zod';
import type { Store } from '../../../keep/store/types.ts';

const placeSchema = z.object({
  capture: z.int().min(1),
  begun: z.number(),
  offset: z.string().regex(/^\d+(-\d+)?$/),
  /** The earliest packet time that is known, seconds. */
  first: z.number().optional(),
});
export type Place = z.infer<typeof placeSchema>;

export const placeKey = (group: string): string => `fleet.${group}`;

/** Undefined for what is no place. */
export function placeIn(known: unknown): Place | undefined {
  return placeSchema.safeParse(known).data;
}

/** The capture that a group's incidents are kept as; null where this database has none. */
export async function captureOfGroup(store: Pick<Store, 'setting'>, group: string): Promise<number | null> {
  return placeIn(await store.setting(placeKey(group)))?.capture ?? null;
}

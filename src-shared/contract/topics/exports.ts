/** Files made for the user. The browser fetches `/download/ID`; the desktop shell is given the file to save. */
import { command, subscription } from '../define.ts';
import { z } from '../schema.ts';
import { count, selection } from './common.ts';

const download = { download: z.string(), name: z.string(), bytes: count };

export const anonymisedEvent = z.discriminatedUnion('type', [
  /** Bytes of the files that were read; of how many (null: unknown). */
  z.object({ type: z.literal('progress'), bytes: count, total: count.nullable() }),
  /** Last. */
  z.object({
    type: z.literal('done'),
    ...download,
    packets: count,
    /** Original and pseudonym side by side, where it was asked for. `cut`: there were more than it holds. */
    map: z.object({ ...download, cut: z.boolean() }).nullable(),
    /** The file beside the database that holds the key; null: the key ends with the program, as the database does. */
    key: z.string().nullable(),
    /** What whoever gives it away should know, in words. */
    notes: z.array(z.string()),
  }),
]);
export type AnonymisedEvent = z.infer<typeof anonymisedEvent>;

export const exports = {
  flows: command(
    z.strictObject({ ...selection, format: z.enum(['csv', 'ndjson']).default('csv') }),
    z.object({ ...download, flows: count }),
  ),
  /**
   * The packets of the selected flows as pcapng, from the capture files, which must still be where they were. Of an incident of a fleet
   * the sensors that saw it are asked; `notes`: what is missing, and why.
   */
  packets: command(
    z.strictObject(selection),
    z.object({ ...download, flows: count, packets: count, notes: z.array(z.string()).exactOptional() }),
  ),
  /**
   * … with pseudonyms for addresses and cards, and without what was said (docs/anonymise.md); of a capture of which
   * nothing is selected, all packets, also those of no flow. Ends with `done`; nothing stays where it is ended before.
   */
  anonymised: subscription(
    z.strictObject({ ...selection, map: z.boolean().default(false) }),
    anonymisedEvent,
    'analyst',
  ),
} as const;

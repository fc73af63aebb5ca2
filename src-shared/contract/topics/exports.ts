/** Files made for the user. The browser fetches `/download/ID`; the desktop shell is given the file to save. */
import { command } from '../define.ts';
import { z } from '../schema.ts';
import { count, selection } from './common.ts';

const download = { download: z.string(), name: z.string(), bytes: count };

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
} as const;

/** Cases: incidents with all that belongs to them as one file, which opens on another machine (`sonde case open`). */
import { command } from '../define.ts';
import { z } from '../schema.ts';
import { captureId, count, incidentUid } from './common.ts';

const TEXT_MAX = 2000;

export const cases = {
  /** Makes the file; the browser fetches it from `/download/ID`. */
  export: command(
    z.strictObject({
      incidents: z
        .array(z.strictObject({ capture: captureId, uid: incidentUid }))
        .min(1)
        .max(100),
      title: z.string().min(1).max(TEXT_MAX),
      note: z.string().max(TEXT_MAX).default(''),
    }),
    z.object({
      download: z.string(),
      name: z.string(),
      bytes: count,
      /** Hash of the case, to be told to whoever is given it. */
      sha256: z.string(),
      /** Captures of which no packets are in it, and why. */
      left: z.array(z.object({ capture: z.string(), why: z.string() })),
    }),
  ),
} as const;

/** Cases: incidents with all that belongs to them as one file, which opens on another machine (`sonde case open`). */
import { command, query } from '../define.ts';
import { z } from '../schema.ts';
import { fileSource } from './captures.ts';
import { captureId, count, incidentUid, moment, nothing, severity } from './common.ts';

const TEXT_MAX = 2000;

const caseId = z.string().regex(/^[0-9a-f]{16}$/);

/** A case that was checked and is open: what its manifest says. */
const openedCase = z.object({
  id: caseId,
  /** The name of the file. */
  file: z.string(),
  openedAt: moment,
  title: z.string(),
  note: z.string(),
  createdAt: moment,
  createdBy: z.string(),
  /** What it was made with. */
  program: z.string(),
  /** Hash of the case. */
  sha256: z.string(),
  incidents: z.array(z.object({ kind: z.string(), severity, title: z.string() })),
  captures: z.array(
    z.object({
      name: z.string(),
      /** Its number on the desk of the case. */
      capture: z.int(),
      /** Packets of it in the case; why there are none, or (of a fleet) which are missing; else ''. */
      packets: count,
      left: z.string(),
      /** Files that it was read from. */
      inputs: z.array(z.object({ name: z.string(), sha256: z.string(), bytes: count })),
    }),
  ),
  parts: z.array(z.object({ name: z.string(), bytes: count, sha256: z.string() })),
});
export type OpenedCase = z.infer<typeof openedCase>;

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
      /** Captures of which no packets are in it, or (of a fleet) not all, and why. `some`: not all. */
      left: z.array(z.object({ capture: z.string(), why: z.string(), some: z.boolean() })),
    }),
  ),
  /** Checks every part of a case and opens it beside the desk; nothing stays of one that is damaged. */
  open: command(z.strictObject({ file: fileSource }), openedCase),
  /** Those that are open; a call is made in one of them by its id (`in`, wire.ts), by which nothing changes in it. */
  opened: query(
    nothing,
    z.object({
      cases: z.array(openedCase),
      /** Being checked, by whomever they are opened. */
      opening: z.array(z.object({ id: caseId, file: z.string() })),
    }),
  ),
  /** The case whose desk is asked; null: it is the program's own desk. */
  current: query(nothing, z.object({ case: openedCase.nullable() })),
  /** Puts an opened case away, or calls off one that is being opened; the file that it came in is whoever's it was. */
  putAway: command(z.strictObject({ id: caseId }), nothing),
} as const;

/** When something is wrong with Sonde itself: what is looked at, the log, what to send to a maintainer, and being rid of it all. */
import { command, query } from '../define.ts';
import { z } from '../schema.ts';
import { count, nothing } from './common.ts';

const finding = z.object({
  id: z.string(),
  title: z.string(),
  /** failed: it does not work; warning: less well than it could; note: a fact to know. */
  state: z.enum(['ok', 'note', 'warning', 'failed']),
  message: z.string(),
  /** What to do; empty where there is nothing to do. */
  cure: z.string(),
});
export type HealthFinding = z.infer<typeof finding>;

const place = z.object({
  path: z.string(),
  what: z.string(),
  bytes: count,
  /** A desk that runs, and is not this one, uses it: it stays. */
  held: z.boolean(),
});

/** The word that has to be typed before everything is deleted. */
export const DELETE_WORD = 'delete';

export const health = {
  /** Runs every check, now: a few seconds. */
  examine: query(nothing, z.object({ version: z.string(), checks: z.array(finding) }), 'analyst'),
  /** The end of the log of errors, oldest line first, without addresses, names and secrets. */
  log: query(nothing, z.object({ lines: z.array(z.string()), more: z.boolean() }), 'analyst'),
  /** A file for a maintainer, without anything of the traffic. */
  bundle: command(nothing, z.object({ download: z.string(), name: z.string(), bytes: count }), 'admin'),
  /** What `deleteAll` would delete, and files of the user's own that it leaves. */
  ownData: query(nothing, z.object({ places: z.array(place), stays: z.array(z.string()) }), 'admin'),
  /** Ends the program, then deletes all that Sonde keeps of its own accord. It cannot be taken back. */
  deleteAll: command(z.strictObject({ word: z.literal(DELETE_WORD) }), nothing, 'admin'),
} as const;

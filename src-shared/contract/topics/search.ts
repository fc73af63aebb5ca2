/** One box for everything: hosts, names, incidents, flows, rules and captures of the whole database. */
import { SOUGHT_MAX } from '../../domain/search.ts';
import { query } from '../define.ts';
import { z } from '../schema.ts';
import { captureId, count, incidentUid, severity, typed } from './common.ts';

/** Rows of a group at most; `more`: there are others. */
export const GROUP_ROWS = 8;

const group = <R extends z.ZodType>(row: R) => z.object({ rows: z.array(row), more: z.boolean() });
/** The newest capture that it occurs in, and in how many it does. */
const where = { capture: captureId, captureName: z.string(), captures: count };

export const foundHost = z.object({ address: z.string(), name: z.string(), flows: count, ...where });
export const foundName = z.object({
  name: z.string(),
  address: z.string(),
  /** Who says so; mac: the address of its card. */
  from: z.string(),
  ...where,
});
export const foundIncident = z.object({
  capture: captureId,
  captureName: z.string(),
  uid: incidentUid,
  title: z.string(),
  severity,
  firstTs: z.string(),
});
export const foundFlows = z.object({
  capture: captureId,
  captureName: z.string(),
  /** In the filter language: those flows. */
  filter: z.string(),
  flows: count,
  /** There are more than were counted. */
  more: z.boolean(),
});
export const foundRule = z.object({ sid: z.int(), message: z.string(), set: z.string() });
export const foundCapture = z.object({ capture: captureId, name: z.string(), why: z.enum(['name', 'file', 'hash']) });

const sought = z.string().max(SOUGHT_MAX);

export const search = {
  /** Looks where an index or a bound keeps it short; `flows` looks through the rest. */
  find: query(
    z.strictObject({ text: sought }),
    z.object({
      /** What was asked: an answer to what was typed before must not be taken for one to what is typed now. */
      text: sought,
      /** What the text was taken for, in words. */
      taken: z.string(),
      hosts: group(foundHost),
      names: group(foundName),
      incidents: group(foundIncident),
      flows: group(foundFlows),
      rules: group(foundRule),
      captures: group(foundCapture),
      /** Captures of the database. */
      capturesTotal: count,
      /** What was left out, a sentence each. */
      left: z.array(z.string()),
      /** Captures whose flows can be looked through, the newest first. */
      remaining: z.array(z.object({ capture: captureId, captureName: z.string() })),
    }),
  ),
  /** Looks through all flows of one capture, which may take seconds; can be cancelled. */
  flows: query(
    z.strictObject({ text: sought.min(1), capture: captureId }),
    z.object({ filter: typed, flows: count, more: z.boolean() }),
  ),
} as const;

/** Two captures, or two times of the database, held against each other. */
import { query } from '../define.ts';
import { z } from '../schema.ts';
import { captureId, count, incidentUid, kind, range, severity, time } from './common.ts';

/** Rows of a list at most. */
export const COMPARE_ROWS = 50;

/** One side: a capture, or a time (seconds since 1970) over all captures. */
export const compareSide = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('capture'), capture: captureId }),
  z.strictObject({ kind: z.literal('period'), range }),
]);
export type CompareSide = z.infer<typeof compareSide>;

const side = z.object({
  /** The captures it is made of, the newest first. */
  captures: z.array(z.object({ capture: captureId, name: z.string() })),
  /** Of its packets; of days, as far as they lie in them. */
  firstTs: time.nullable(),
  lastTs: time.nullable(),
  /** In which packets were seen: from the first to the last of each capture, what is in two of them once. */
  seconds: count,
  flows: count,
  packets: count,
  bytes: count,
  /** Hosts that sent something. */
  hosts: count,
  incidents: count,
});
export type ComparedSide = z.infer<typeof side>;

const list = <R extends z.ZodType>(row: R) => z.object({ rows: z.array(row), total: count });
const changes = <R extends z.ZodType>(row: R) =>
  z.object({
    /** In B alone, those of most bytes first. */
    new: list(row),
    /** In A alone. */
    gone: list(row),
    both: count,
  });

export const comparedHost = z.object({
  address: z.string(),
  name: z.string(),
  /** One of ours. */
  local: z.boolean(),
  flows: count,
  bytes: count,
});
export const comparedService = z.object({
  /** Who offers it. */
  address: z.string(),
  name: z.string(),
  port: z.int(),
  proto: z.string(),
  service: z.string(),
  flows: count,
  bytes: count,
});
/** Who talks to whom: one of ours and another. */
export const comparedPeer = z.object({
  address: z.string(),
  name: z.string(),
  peer: z.string(),
  peerName: z.string(),
  flows: count,
  bytes: count,
});
export const comparedIncident = z.object({
  capture: captureId,
  uid: incidentUid,
  kind,
  severity,
  title: z.string(),
  firstTs: time,
});
/** In `measure`. */
const amounts = { a: z.number(), b: z.number(), change: z.number() };
export const comparedVolume = z.object({ key: z.string(), name: z.string(), ...amounts });

export const comparison = z.object({
  a: side,
  b: side,
  /** Bytes; or bytes an hour, where one side is much longer than the other. */
  measure: z.enum(['bytes', 'bytes-per-hour']),
  hosts: changes(comparedHost),
  services: changes(comparedService),
  peers: changes(comparedPeer),
  incidents: changes(comparedIncident),
  /** Largest change first. */
  volumes: z.object({ hosts: list(comparedVolume), services: list(comparedVolume) }),
  /** The few that carry most of the difference: which host of ours, by what. */
  explains: z.object({
    /** Of everything. */
    ...amounts,
    /** Everything that became more, and everything that became less, added up. */
    moved: count,
    rows: z.array(
      z.object({
        address: z.string(),
        name: z.string(),
        service: z.string(),
        ...amounts,
        /** Of `moved`, 0 to 1. */
        share: z.number(),
      }),
    ),
    /** Of `moved` that the rows carry together, 0 to 1. */
    covered: z.number(),
  }),
  /** What is to be known when it is read, a sentence each. */
  notes: z.array(z.string()),
});
export type Comparison = z.infer<typeof comparison>;

export const compare = {
  /** Walks over the flows of both sides, which may take seconds; can be cancelled. */
  get: query(z.strictObject({ a: compareSide, b: compareSide }), comparison),
} as const;

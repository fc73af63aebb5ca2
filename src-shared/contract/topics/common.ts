/** Shapes that several topics share. */
import { INCIDENT_STATUSES, KIND_IDS, SEVERITIES } from '../../domain/incident.ts';
import { z } from '../schema.ts';

/** Rows of one page at most. */
export const PAGE_MAX = 1000;
const TEXT_MAX = 4096;
const UID_MAX = 64;
const CURSOR_MAX = 512;

export const nothing = z.strictObject({});

export const captureId = z.int().min(1);
export const incidentUid = z.string().min(1).max(UID_MAX);
export const severity = z.enum(SEVERITIES);
export const kind = z.enum(KIND_IDS);
export const status = z.enum(INCIDENT_STATUSES);
/** RFC 3339, UTC, nine decimals. */
export const time = z.string();
/** Milliseconds since 1970: when somebody did something (not packet time). */
export const moment = z.number();
export const count = z.number().min(0);
export const address = z.string().min(1).max(UID_MAX);
/** Text typed by a person: a search, a filter. */
export const typed = z.string().max(TEXT_MAX);
/** Seconds that a date can show: 100,000,000 days on either side of 1970. */
const axisTime = z.number().min(-8.64e12).max(8.64e12);
/** Packet time in seconds since 1970: from (inclusive) to (exclusive). */
export const range = z
  .strictObject({ from: axisTime, to: axisTime })
  .refine((r) => r.to >= r.from, 'to lies before from');
/** Where the page before ended; from `next` of that page. Means nothing to the caller. */
export const cursor = z.string().max(CURSOR_MAX);
export const limit = z.int().min(1).max(PAGE_MAX);

export const warning = z.object({ code: z.string(), message: z.string(), offset: z.number(), count });

/** Which flows of a capture: all, those of an incident, those a filter lets through, those of a time. */
export const selection = {
  capture: captureId,
  /** In the filter language (src-shared/domain/filter); '' lets everything through. */
  filter: typed.default(''),
  /** Only flows of this incident. */
  incident: incidentUid.optional(),
  /** Only this flow, by its number in the capture. */
  flow: z.int().min(0).optional(),
  /** Only flows that began in this time. */
  range: range.optional(),
};

export const incidentRow = z.object({
  capture: captureId,
  captureName: z.string(),
  /** When the capture was imported. */
  importedAt: moment,
  uid: incidentUid,
  /** Place in its capture, from 1. */
  number: z.int(),
  kind,
  severity,
  confidence: z.number(),
  title: z.string(),
  summary: z.string(),
  firstTs: time,
  lastTs: time,
  sources: z.array(z.string()).describe('at most 5'),
  sourcesTotal: count,
  targets: z.array(z.string()).describe('at most 5'),
  targetsTotal: count,
  ports: z.array(z.number()).describe('at most 5'),
  flows: count,
  bytes: count,
  status,
  /** Id of the suppression that silences it. */
  suppressedBy: z.int().nullable(),
  /** Of a fleet: names of the sensors that saw flows of it. */
  sensors: z.array(z.string()).exactOptional(),
});
export type IncidentRow = z.infer<typeof incidentRow>;

export const graph = z.object({
  nodes: z.array(
    z.object({
      address: z.string(),
      /** Whether it is one of ours. */
      local: z.boolean(),
      /** 0…1. */
      risk: z.number(),
      flows: count,
      bytes: count,
      /** Number of the group it belongs to, from 0, largest group first. */
      community: z.int(),
    }),
  ),
  /** By place in `nodes`; from the originator to the responder. */
  edges: z.array(z.object({ from: z.int(), to: z.int(), flows: count, bytes: count, failed: count, anomalous: count })),
  /** Before the limit. */
  nodesTotal: count,
  edgesTotal: count,
});
export type Graph = z.infer<typeof graph>;

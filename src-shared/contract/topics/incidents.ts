/** Incidents of one capture or of all, and what is done about them. */
import { command, query } from '../define.ts';
import { z } from '../schema.ts';
import {
  address,
  captureId,
  count,
  cursor,
  graph,
  incidentRow,
  incidentUid,
  kind,
  limit,
  moment,
  severity,
  status,
  time,
  typed,
} from './common.ts';

const one = { capture: captureId, uid: incidentUid };

export const incidentBody = z.object({
  id: z.int(),
  uid: incidentUid,
  kind,
  severity,
  confidence: z.number(),
  title: z.string(),
  summary: z.string(),
  firstTs: time,
  decidedTs: time,
  lastTs: time,
  sources: z.array(z.string()),
  sourcesTotal: count,
  targets: z.array(z.string()),
  targetsTotal: count,
  ports: z.array(z.number()),
  portsTotal: count,
  domains: z.array(z.string()),
  domainsTotal: count,
  flows: count,
  packets: count,
  bytes: count,
  technique: z.array(z.object({ id: z.string(), name: z.string() })),
  evidence: z.array(
    z.object({ fact: z.string(), value: z.number(), expected: z.number().nullable(), unit: z.string() }),
  ),
  attributions: z.array(
    z.object({
      feature: z.string(),
      value: z.number(),
      usual: z.number(),
      usualForHost: z.number().exactOptional(),
      contribution: z.number(),
      text: z.string(),
    }),
  ),
  detectors: z.record(z.string(), z.number()),
  response: z.array(z.string()),
  wiresharkFilter: z.string(),
  /** Of a fleet: names of the sensors that saw flows of it. */
  sensors: z.array(z.string()).exactOptional(),
});

const change = z.object({ at: moment, user: z.string(), status, note: z.string() });

export const incidents = {
  list: query(
    z.strictObject({
      /** Absent: of all captures. */
      capture: captureId.optional(),
      /** Words that all stand in title, summary, kind, addresses or domains. */
      search: typed.default(''),
      statuses: z.array(status).max(8).optional(),
      kinds: z.array(kind).max(64).optional(),
      severities: z.array(severity).max(3).optional(),
      /** Source or target. */
      host: address.optional(),
      /** Only those of captures imported later than this. */
      since: moment.optional(),
      suppressed: z.enum(['hide', 'show', 'only']).default('hide'),
      /** Whether those of the built-in sample, which is made up, are among them (absent: they are). */
      sample: z.enum(['hide', 'show']).optional(),
      /** rank: as the report ranks them (across captures: by severity, then confidence); time: latest first. */
      order: z.enum(['rank', 'time']).default('rank'),
      limit: limit.default(100),
      cursor: cursor.optional(),
    }),
    z.object({
      rows: z.array(incidentRow),
      total: count,
      /** Left out because they are of the sample. */
      ofSample: count,
      next: cursor.nullable(),
    }),
  ),
  get: query(
    z.strictObject(one),
    z.object({
      row: incidentRow,
      incident: incidentBody,
      /** What its attributions add up to; null: no flow of it was explained. */
      explanation: z.object({ base: z.number(), surprise: z.number(), score: z.number(), rest: z.number() }).nullable(),
      history: z.array(change),
      /** Flows of it that are kept (`incident.flows` also counts those beyond what an incident lists). */
      flowsKept: count,
    }),
  ),
  setStatus: command(z.strictObject({ ...one, status, note: typed.default('') }), incidentRow),
  /** Who talked to whom in it. */
  graph: query(z.strictObject({ ...one, limit: z.int().min(1).max(200).default(40) }), graph),
  /**
   * How many alarms (incidents at warning or above that are not silenced) of each day somebody judged to be for nothing,
   * beside the budget. One that several captures hold is one.
   */
  alarmRate: query(
    z.strictObject({
      /** IANA name: whose days. */
      zone: z.string().min(1).max(64).default('UTC'),
      /** The last days on which there was traffic. */
      days: z.int().min(1).max(366).default(30),
    }),
    z.object({
      /** In their order. */
      days: z.array(
        z.object({
          /** 2026-03-10 */
          day: z.string(),
          /** Of this day, of which there is traffic. */
          seconds: count,
          falseAlarms: count,
          expected: count,
          /** Closed: they were right. */
          confirmed: count,
          /** Nobody has decided about them yet. */
          notJudged: count,
        }),
      ),
      /** Incidents at warning or above of these days that are silenced: they are no alarms. */
      silenced: count,
      /** False alarms a day that are tolerated; null: not known, as there are no captures. */
      budget: z.number().nullable(),
    }),
  ),
  /** Notes that the caller has seen the history now; tells when that was before (null: never). */
  visit: command(z.strictObject({}), z.object({ previous: moment.nullable() }), 'viewer'),
} as const;

/** Overview of a capture: the verdict and what the charts show. */
import { query } from '../define.ts';
import { z } from '../schema.ts';
import { captureId, count, incidentRow, incidentUid, kind, range, severity, time } from './common.ts';

const ranged = { capture: captureId, range: range.optional() };

/** Buckets of equal width; bucket i begins at `start + i * width` seconds since 1970. */
const buckets = { start: z.number(), width: z.number() };

const share = z.object({ name: z.string(), flows: count, packets: count, bytes: count });

export const HEAT_MEASURES = ['anomaly', 'bytes', 'flows', 'failures'] as const;

export const overview = {
  get: query(
    z.strictObject(ranged),
    z.object({
      /** One or two sentences. */
      verdict: z.string(),
      /** Of what is not suppressed. */
      worst: severity.nullable(),
      packets: count,
      bytes: count,
      flows: count,
      anomalousFlows: count,
      hosts: count,
      firstTs: time.nullable(),
      lastTs: time.nullable(),
      severities: z.object({ critical: count, warning: count, info: count }),
      kinds: z.array(z.object({ kind, title: z.string(), severity, count })),
      suppressed: count,
      /** The first ten, most severe first. */
      incidents: z.array(incidentRow),
    }),
  ),
  /** Packets, bytes, anomalous flows (by their start) and incidents over time. */
  timeline: query(
    z.strictObject({ ...ranged, buckets: z.int().min(1).max(2000).default(300) }),
    z.object({
      ...buckets,
      packets: z.array(count),
      bytes: z.array(count),
      flows: z.array(count),
      anomalous: z.array(count),
      /** At most 500, most severe first. */
      incidents: z.array(
        z.object({ uid: incidentUid, kind, severity, title: z.string(), from: z.number(), to: z.number() }),
      ),
    }),
  ),
  /** Host × time. Rows by the greatest sum of the measure first; by network where `group` says so. */
  heatmap: query(
    z.strictObject({
      ...ranged,
      measure: z.enum(HEAT_MEASURES).default('anomaly'),
      /** network: IPv4 /24 and IPv6 /64 of the hosts. */
      group: z.enum(['host', 'network']).default('host'),
      /** Only hosts of this network, as in CIDR. */
      within: z.string().max(64).optional(),
      rows: z.int().min(1).max(500).default(50),
      buckets: z.int().min(1).max(500).default(120),
    }),
    z.object({
      ...buckets,
      /** anomaly: anomalous flows opened; bytes: sent and received; flows: opened; failures: opened and refused or unanswered. */
      measure: z.enum(HEAT_MEASURES),
      rows: z.array(
        z.object({
          /** An address, or a network in CIDR. */
          label: z.string(),
          hosts: count,
          /** Of the riskiest host in it. */
          risk: z.number(),
          total: count,
          values: z.array(count),
        }),
      ),
      rowsTotal: count,
      max: count,
    }),
  ),
  /** By transport, by service and by application; each at most 30, largest first, the rest as "other". */
  mix: query(
    z.strictObject(ranged),
    z.object({ protocols: z.array(share), services: z.array(share), apps: z.array(share) }),
  ),
  /** Packets by length on the wire. Empty where the capture was imported by an older version. */
  packetSizes: query(
    z.strictObject({ capture: captureId }),
    z.object({ sizes: z.array(z.object({ from: count, to: count.nullable(), packets: count, bytes: count })) }),
  ),
  topTalkers: query(
    z.strictObject({
      ...ranged,
      by: z.enum(['bytes', 'packets', 'flows']).default('bytes'),
      limit: z.int().min(1).max(100).default(10),
    }),
    z.object({
      hosts: z.array(
        z.object({
          address: z.string(),
          risk: z.number(),
          flows: count,
          packets: count,
          bytesOut: count,
          bytesIn: count,
        }),
      ),
    }),
  ),
} as const;

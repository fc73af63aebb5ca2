/**
 * What a worker published of an incident, as the desk takes it: every field is looked at before anything is kept or shown. A record
 * that does not hold is refused with a reason, and counted.
 */
import { z } from 'zod';
import { parseAddress } from '../../../../src-shared/domain/network.ts';
import { parseTime } from '../../../../src-shared/domain/time.ts';
import { incidentBody } from '../../../../src-shared/contract/topics/incidents.ts';
import type { LiveIncident } from '../../../../src-shared/domain/live.ts';
import { isName } from '../names.ts';
import { isTooDeep } from './depth.ts';

/** Bytes of one record: an incident lists 1,000 of everything at most. */
const MOST = 1 << 20;
const SENSORS_MAX = 1024;
const TEXT_MAX = 4096;
const UID = /^[\w-]{1,64}$/;
/** RFC 3339, UTC, nine decimals; a year beyond 9999 has a sign and six digits. */
const TIME = /^(\d{4}|[+-]\d{6})-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z$/;
/** What moves or deletes text on a terminal or in a log, but for tab and line feed, or turns its direction. */
const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

export const RECORD_FAULTS = ['too-large', 'too-deep', 'no-json', 'no-incident'] as const;
export type RecordFault = (typeof RECORD_FAULTS)[number];

const time = z
  .string()
  .regex(TIME)
  .refine((text) => Number.isFinite(parseTime(text).sec));
const count = z.int().min(0);
/** Whole numbers are exact up to there, and no quantity of a network is larger. */
const quantity = z.number().min(-Number.MAX_SAFE_INTEGER).max(Number.MAX_SAFE_INTEGER);
const ADDRESS_MAX = 45;
const addresses = z.array(z.string().refine((text) => text.length <= ADDRESS_MAX && parseAddress(text) !== null));

const record = incidentBody.extend({
  schema: z.literal('sonde.fleet-incident/1'),
  state: z.enum(['open', 'update', 'closed']),
  withdrawn: z.boolean().optional(),
  uid: z.string().regex(UID),
  sensors: z.array(z.string().refine(isName)).max(SENSORS_MAX),
  title: z.string().min(1).max(TEXT_MAX),
  firstTs: time,
  decidedTs: time,
  lastTs: time,
  confidence: z.number().min(0).max(1),
  sources: addresses,
  sourcesTotal: count,
  targets: addresses,
  targetsTotal: count,
  ports: z.array(z.int().min(0).max(65_535)),
  portsTotal: count,
  domainsTotal: count,
  flows: count,
  packets: count,
  bytes: count,
  evidence: z.array(z.object({ fact: z.string(), value: quantity, expected: quantity.nullable(), unit: z.string() })),
  attributions: z.array(
    z.object({
      feature: z.string(),
      value: quantity,
      usual: quantity,
      usualForHost: quantity.exactOptional(),
      contribution: quantity,
      text: z.string(),
    }),
  ),
  detectors: z.record(z.string().regex(/^[^\u0000-\u001f\u007f-\u009f]{1,256}$/), quantity),
  explanation: z.object({ base: quantity, surprise: quantity, score: quantity, rest: quantity }).optional(),
});

export type RecordRead = { incident: LiveIncident; fault?: undefined } | { incident?: undefined; fault: RecordFault };

/** Never throws, whatever the bytes are. */
export function readRecord(body: Uint8Array): RecordRead {
  if (body.length > MOST) return { fault: 'too-large' };
  if (isTooDeep(body)) return { fault: 'too-deep' };
  let json: unknown;
  try {
    json = JSON.parse(Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8'), cleaned);
  } catch {
    return { fault: 'no-json' };
  }
  const { data } = record.safeParse(json);
  if (!data) return { fault: 'no-incident' };
  const { schema: _schema, withdrawn, explanation, ...incident } = data;
  return {
    incident: {
      event: 'incident',
      latencyMs: null,
      ...incident,
      ...(explanation ? { explanation } : {}),
      ...(withdrawn === true ? { withdrawn } : {}),
    },
  };
}

/** Names in traffic may hold anything: what was said of them is kept, but for what would move a cursor. */
const cleaned = (_key: string, value: unknown): unknown =>
  typeof value === 'string' ? value.replace(CONTROL, '\ufffd') : value;

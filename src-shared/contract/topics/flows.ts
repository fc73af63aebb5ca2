/** Flows: pages of a table that may have millions of rows. */
import { FLOW_SORTS } from '../../domain/flow.ts';
import { command, query, subscription } from '../define.ts';
import { z } from '../schema.ts';
import { place } from './enrichment.ts';
import { captureId, count, cursor, limit, moment, nothing, selection, typed } from './common.ts';

/** Zeek's names where they are Zeek's. Byte counts are null where Zeek would leave them unset. */
export const flowRow = z.object({
  /** Number in the capture. */
  id: z.int(),
  /** Epoch seconds, exact to the microsecond; `tsText` is exact. */
  ts: z.number(),
  tsText: z.string(),
  uid: z.string(),
  communityId: z.string(),
  origH: z.string(),
  origP: z.int(),
  respH: z.string(),
  respP: z.int(),
  proto: z.string(),
  service: z.string(),
  app: z.string(),
  duration: z.number(),
  origBytes: count.nullable(),
  respBytes: count.nullable(),
  connState: z.string(),
  missedBytes: count,
  history: z.string(),
  origPkts: count,
  origIpBytes: count,
  respPkts: count,
  respIpBytes: count,
  vlan: z.int().nullable(),
  tunnel: z.string(),
  score: z.number().nullable(),
  anomalous: z.boolean(),
  /** Of the end that is not ours (of two, the responder), where databases of the settings know it. */
  place: place.extend({ address: z.string() }).optional(),
  /** The program of the machine that captured, where it was asked for and could be told. */
  process: z.object({ pid: z.int(), name: z.string(), user: z.string().optional() }).optional(),
});
export type FlowRow = z.infer<typeof flowRow>;

export const flows = {
  /**
   * One page. Go on with `cursor: next` (cheap at any depth), or jump with `offset` (a walk along the index: for the
   * scroll bar). Sorts that no index serves, and filters, may take long: cancel them.
   */
  page: query(
    z.strictObject({
      ...selection,
      sort: z.enum(FLOW_SORTS).default('ts'),
      descending: z.boolean().default(false),
      limit: limit.default(200),
      cursor: cursor.optional(),
      offset: z.int().min(0).optional(),
    }),
    z.object({ rows: z.array(flowRow), next: cursor.nullable() }),
  ),
  /** How far the walk for a page has come: told now and then while one is under way that no index serves. */
  walk: subscription(z.strictObject({ capture: captureId }), z.object({ rows: count, of: count })),
  /** Of the whole selection. */
  totals: query(
    z.strictObject(selection),
    z.object({
      flows: count,
      origBytes: count,
      respBytes: count,
      packets: count,
      anomalous: count,
      firstTs: z.number().nullable(),
      lastTs: z.number().nullable(),
    }),
  ),
  /** One flow with what its protocol showed, and its incidents. */
  get: query(
    z.strictObject({ capture: captureId, id: z.int().min(0) }),
    z.object({ flow: flowRow, facts: z.record(z.string(), z.string()), incidents: z.array(z.string()) }),
  ),
  /**
   * What could stand at `position` of a filter: fields, operators, and values that occur in the capture. `from`…`to`
   * is what an item replaces. (Parsing and checking need no call: src-shared/domain/filter.)
   */
  complete: query(
    z.strictObject({ capture: captureId, text: typed, position: z.int().min(0) }),
    z.object({
      from: z.int(),
      to: z.int(),
      items: z.array(
        z.object({ text: z.string(), kind: z.enum(['field', 'operator', 'value', 'word']), help: z.string() }),
      ),
    }),
  ),
  savedFilters: query(
    nothing,
    z.object({ filters: z.array(z.object({ name: z.string(), filter: z.string(), savedAt: moment })) }),
  ),
  /** Replaces one of the same name. */
  saveFilter: command(z.strictObject({ name: typed.min(1).max(100), filter: typed }), nothing),
  removeFilter: command(z.strictObject({ name: typed.min(1).max(100) }), nothing),
} as const;

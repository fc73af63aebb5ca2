/** Hosts: ranked by risk, and all that is known of one. */
import { DEVICE_KINDS } from '../../domain/device-kinds.ts';
import { query } from '../define.ts';
import { z } from '../schema.ts';
import { address, captureId, count, cursor, incidentRow, limit, typed } from './common.ts';

export const hostRow = z.object({
  address: z.string(),
  /** One of ours. */
  local: z.boolean(),
  /** An address of a group (multicast, broadcast): no host, and neither ours nor outside. */
  group: z.boolean(),
  risk: z.number(),
  flows: count,
  bytesOut: count,
  bytesIn: count,
  roles: z.array(z.string()),
  /** What its traffic shows it to be; null for strangers, and in captures that were read by an older Sonde. */
  device: z
    .object({
      kind: z.enum(DEVICE_KINDS.map(({ id }) => id)),
      confidence: z.number(),
      /** The weightiest first. */
      why: z.array(z.string()),
    })
    .nullable(),
  incidents: count,
  /** The best name it was seen under, '' where none. */
  name: z.string(),
  /** What the settings say it is. */
  known: z.object({ name: z.string(), role: z.string() }).nullable(),
});
export type HostRow = z.infer<typeof hostRow>;

export const HOST_ORDERS = ['risk', 'flows', 'bytesOut', 'bytesIn', 'address'] as const;

export const hosts = {
  /** Known devices by the addresses they have in a capture; what is known of a card is found by it. */
  known: query(
    z.strictObject({ capture: captureId }),
    z.object({ devices: z.array(z.object({ address: z.string(), name: z.string(), role: z.string() })) }),
  ),
  /**
   * What hosts are called: what the settings say, else the best name they were seen under. What was only said unasked, or
   * by whoever asked for it in HTTP, is none. Hosts without a name are left out.
   */
  names: query(
    z.strictObject({ capture: captureId, addresses: z.array(address).min(1).max(200) }),
    z.object({ names: z.array(z.object({ address: z.string(), name: z.string() })) }),
  ),
  list: query(
    z.strictObject({
      capture: captureId,
      /** Part of an address or name, or a network in CIDR. */
      search: typed.default(''),
      order: z.enum(HOST_ORDERS).default('risk'),
      descending: z.boolean().default(true),
      limit: limit.default(100),
      cursor: cursor.optional(),
    }),
    z.object({ rows: z.array(hostRow), total: count, next: cursor.nullable() }),
  ),
  get: query(
    z.strictObject({ capture: captureId, address }),
    z.object({
      host: hostRow,
      names: z.array(
        z.object({
          name: z.string(),
          /** tls: the name a client asked for. */
          from: z.enum(['dns', 'mdns', 'netbios', 'dhcp', 'ntlm', 'tls', 'certificate', 'http', 'claimed']),
          /** Whole seconds since 1970; null in captures that an older Sonde kept. */
          first: z.number().nullable(),
          last: z.number().nullable(),
          /** Address of who said so first; '' when not known. */
          by: z.string(),
        }),
      ),
      macs: z.array(z.string()),
      /** What each of `macs` says of its card, in the same order. */
      cards: z.array(
        z.object({
          mac: z.string(),
          /** local: randomised by the device or made up by software; group: no card's at all. */
          kind: z.enum(['assigned', 'local', 'group']),
          /** Who the address block is registered to, or the software that makes such addresses. */
          vendor: z.string().nullable(),
        }),
      ),
      /** Of the first card that has one. */
      vendor: z.string().nullable(),
      incidents: z.array(incidentRow),
      /** What differs from its other windows, or from hosts of the same capture; most unusual first. */
      unusual: z.array(
        z.object({
          measure: z.string(),
          unit: z.string(),
          value: z.number(),
          usual: z.number(),
          /** own: its other 10-minute windows; peers: other hosts of ours in this capture. */
          against: z.enum(['own', 'peers']),
          /** Of the window, seconds since 1970; null: the whole capture. */
          at: z.number().nullable(),
          text: z.string(),
        }),
      ),
      /** At most 100, most bytes first. */
      peers: z.array(
        z.object({ address: z.string(), risk: z.number(), flows: count, bytesOut: count, bytesIn: count }),
      ),
      peersTotal: count,
      /** What it offers: ports others reached and got an answer from. At most 100. */
      services: z.array(
        z.object({ port: z.int(), proto: z.string(), service: z.string(), flows: count, clients: count }),
      ),
      /** Its 60 s windows, or 600 s ones where there are more than 1,440, oldest first, at most 1,440. */
      windowLength: z.int(),
      windows: z.array(
        z.object({
          start: z.number(),
          bytesOut: count,
          bytesIn: count,
          flowsOut: count,
          flowsIn: count,
          failedOut: count,
          peersOut: count,
          portsOut: count,
        }),
      ),
    }),
  ),
} as const;

/**
 * Packets, for reading: the only calls by which bytes of packets cross. They need the role analyst, each look is in the
 * audit log, and what one look may hold is bounded. Files with packets leave by `exports`.
 */
import { query, subscription } from '../define.ts';
import { z } from '../schema.ts';
import { count, selection } from './common.ts';

/** Packets of one look. */
export const PACKETS_MAX = 2000;
/** … and their bytes. */
export const PACKET_BYTES_MAX = 16 * 1024 * 1024;
/** Bytes of a stream, of both directions together. */
export const STREAM_MAX = 1024 * 1024;
/** Places that are marked in a stream. */
export const MARKS_MAX = 500;
const VIEW_MAX = 64;

const view = z.string().min(1).max(VIEW_MAX);
const frame = z.int().min(1);

export const listedPacket = z.object({
  /** Place in the capture, from 1, over all of its files. */
  frame,
  ts: z.string(),
  /** Number of its flow in the capture; null: ARP. */
  flow: z.int().nullable(),
  /** Sent by the flow's originator; null where there is no flow. */
  fromOrig: z.boolean().nullable(),
  source: z.string(),
  target: z.string(),
  protocol: z.string(),
  /** TCP's, as words; '' for others. */
  flags: z.string(),
  /** Bytes on the wire, and of these in the capture. */
  length: count,
  captured: count,
  /** Of what TCP, UDP or ICMP carries. */
  payload: count,
  summary: z.string(),
});
export type ListedPacket = z.infer<typeof listedPacket>;

export const packetEvent = z.discriminatedUnion('type', [
  /** First: by which packets and streams of it are asked for, while it lasts. */
  z.object({ type: z.literal('begun'), view }),
  /** Bytes of the files that were read; of how many (null: unknown). */
  z.object({ type: z.literal('progress'), bytes: count, total: count.nullable(), checking: z.boolean() }),
  /** `since`: when the first packet of the selection came, also where it was left out. */
  z.object({ type: z.literal('packets'), since: z.string(), packets: z.array(listedPacket) }),
  /**
   * Last. `total`: packets of the selected flows; null: not known (ARP, packets of a fleet). `more`: there are packets behind these.
   * `notes`: which packets did not come from sensors of a fleet, and why.
   */
  z.object({
    type: z.literal('done'),
    total: count.nullable(),
    more: z.boolean(),
    notes: z.array(z.string()).exactOptional(),
  }),
]);
export type PacketEvent = z.infer<typeof packetEvent>;

const field = z.object({
  id: z.string(),
  name: z.string(),
  value: z.string(),
  from: count,
  to: count,
  depth: z.int(),
});

export const packetDetail = z.object({
  frame,
  /** Number of its flow; null: ARP. */
  flow: z.int().nullable(),
  ts: z.string(),
  linkType: z.string(),
  length: count,
  /** Base64. */
  bytes: z.string(),
  layers: z.array(
    z.object({
      id: z.string(),
      title: z.string(),
      from: count,
      to: count,
      fields: z.array(field),
      note: z.string(),
    }),
  ),
});
export type PacketDetail = z.infer<typeof packetDetail>;

export const packetStream = z.object({
  flow: z.int(),
  /** bytes: TCP's, in order. datagrams: each payload for itself. */
  kind: z.enum(['bytes', 'datagrams']),
  originator: z.string(),
  responder: z.string(),
  /** In the order in which they came; `from`: offset in its direction. */
  chunks: z.array(
    z.object({
      fromOrig: z.boolean(),
      frame,
      from: count,
      /** Base64. */
      bytes: z.string(),
      /** Bytes that are missing before it. */
      missing: count,
    }),
  ),
  /** More than is shown was there. */
  cut: z.boolean(),
  notes: z.array(z.string()),
  /** What matched, searched for once more: offsets in a direction. */
  marks: z.array(z.object({ fromOrig: z.boolean(), from: count, to: count, label: z.string() })),
  /** What was searched for, and how often it was found. */
  searched: z.array(z.object({ label: z.string(), found: count })),
});
export type PacketStream = z.infer<typeof packetStream>;

export const packets = {
  /**
   * Reads the captures once more and tells of the packets of the selected flows, `skip` of them left out, as they are
   * found: 2,000 at most. Ends when they are there and the files are known to be those that were imported.
   */
  look: subscription(z.strictObject({ ...selection, skip: z.int().min(0).default(0) }), packetEvent, 'analyst'),
  /** One packet of a look, taken apart. */
  one: query(z.strictObject({ view, frame }), packetDetail, 'analyst'),
  /**
   * What the flow of this packet carried: from its beginning, else from its first packet of this look on where that lies
   * behind what a stream may hold.
   */
  stream: query(z.strictObject({ view, frame }), packetStream, 'analyst'),
} as const;

/** Watching traffic as it passes: one session at a time, seen by every desk that is open. */
import { command, query, subscription } from '../define.ts';
import { z } from '../schema.ts';
import { captureId, count, moment, nothing, severity, time, typed } from './common.ts';
import { incidentBody } from './incidents.ts';

/** Seconds that charts go back, and columns of the heat map. */
export const LIVE_SECONDS = 600;
/** Hosts of the heat map, incidents and notices that a desk which is opened in the middle is told of. */
export const LIVE_HOSTS = 40;
export const LIVE_INCIDENTS = 300;
export const LIVE_NOTICES = 100;
/** Bytes of a BPF filter, as the helper takes it. */
const FILTER_MAX = 4096;
const NAME_MAX = 255;

const engine = z.enum(['helper', 'cap', 'dumpcap', 'replay']);

export const liveInterface = z.object({
  name: z.string(),
  description: z.string(),
  addresses: z.array(z.string()),
  up: z.boolean(),
  loopback: z.boolean(),
  /** As in captures; "UNKNOWN" where only opening it would tell. */
  linkType: z.string(),
  /** Since it was last asked; null where the system does not tell, and the first time. */
  packetsPerSecond: count.nullable(),
  bitsPerSecond: count.nullable(),
});
export type LiveInterface = z.infer<typeof liveInterface>;

export const liveAccess = z.object({
  /** By which a capture would be made now; null: it cannot. */
  engine: engine.nullable(),
  /** What is the matter, or how a capture would be made: one sentence. */
  message: z.string(),
  /** What to do about it; `command` is for a terminal of the machine that captures. */
  cure: z.object({ text: z.string(), command: z.string().nullable(), url: z.string().nullable() }).nullable(),
  /** Whether packets have the kernel's timestamps, and lost ones are counted. */
  kernelTimestamps: z.boolean(),
  countsDrops: z.boolean(),
  /** Whether programs of that machine can be told. */
  tellsProcesses: z.boolean(),
  /** Whether `installHelper` can do it here. */
  installable: z.boolean(),
});
export type LiveAccess = z.infer<typeof liveAccess>;

const ringMode = z.enum(['off', 'headers', 'full']);

const interfaceSource = z.strictObject({
  kind: z.literal('interface'),
  name: z.string().min(1).max(NAME_MAX),
  /** BPF; '' lets everything through. */
  filter: z.string().max(FILTER_MAX).default(''),
  promiscuous: z.boolean().default(true),
  /** Leaves out what the desk itself sends and receives. */
  leaveOutOwn: z.boolean().default(true),
  /** Notes which program of the machine that captures a flow belongs to, where it can be told. */
  processes: z.boolean().default(false),
  /** Whether packets are kept on disk too, in a ring that overwrites itself. */
  ring: ringMode.default('off'),
  ringMegabytes: z.int().min(16).max(1_048_576).default(1024),
});

/** A capture file, played on its own clock. */
const fileSource = z.strictObject({
  kind: z.literal('file'),
  file: z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('path'), path: typed.min(1) }),
    z.strictObject({ kind: z.literal('upload'), id: z.string().min(1).max(64) }),
    z.strictObject({ kind: z.literal('sample') }),
  ]),
  /** Seconds of packets that pass in a second. */
  speed: z.union([z.number().min(0.1).max(10_000), z.literal('max')]).default(1),
});

export const liveSource = z.discriminatedUnion('kind', [interfaceSource, fileSource]);
export type LiveSourceChoice = z.output<typeof liveSource>;

export const LIVE_STATES = ['starting', 'running', 'stopping', 'ended', 'failed'] as const;

export const liveSession = z.object({
  /** Counts the sessions of this run of the program. */
  session: z.int().min(1),
  /** As the capture is called that it is kept as. */
  name: z.string(),
  source: z.discriminatedUnion('kind', [
    z.object({
      kind: z.literal('interface'),
      name: z.string(),
      filter: z.string(),
      promiscuous: z.boolean(),
      leaveOutOwn: z.boolean(),
      processes: z.boolean(),
      ring: ringMode,
      ringMegabytes: count,
    }),
    z.object({ kind: z.literal('file'), name: z.string(), speed: z.union([z.number(), z.literal('max')]) }),
  ]),
  state: z.enum(LIVE_STATES),
  startedBy: z.string(),
  startedAt: moment,
  endedAt: moment.nullable(),
  /** Once packets can come. */
  started: z.object({ interface: z.string(), linkType: z.string(), engine, kernelTimestamps: z.boolean() }).nullable(),
  /** Its row in the store, incomplete while it runs; null once it was thrown away. */
  capture: captureId.nullable(),
  end: z.enum(['duration', 'signal', 'interface-gone', 'end-of-file', 'failed']).nullable(),
  error: z.object({ code: z.string(), message: z.string(), cure: z.string() }).nullable(),
  /** Where packets are kept on disk; null where they are not. */
  ringFolder: z.string().nullable(),
});
export type LiveSession = z.infer<typeof liveSession>;

const latency = z.object({ median: count.nullable(), p95: count.nullable(), samples: count });

export const liveTick = z.object({
  tick: z.int().min(1),
  /** Packet time. */
  ts: time,
  received: count,
  bytes: count,
  /** Null where the engine cannot know. */
  droppedKernel: count.nullable(),
  droppedInterface: count.nullable(),
  /** Counted, but not looked at in full: the machine could not keep up. */
  shed: count,
  shedLevel: z.union([z.literal(0), z.literal(1), z.literal(2)]),
  packetsPerSecond: count,
  bitsPerSecond: count,
  flows: count,
  flowsActive: count,
  flowsOpened: count,
  flowsEnded: count,
  /** Since the start: they ended and are kept no longer. */
  flowsForgotten: count,
  anomalousFlows: count,
  queued: count,
  behindMs: count,
  linkUp: z.boolean(),
  /** Packets of this second by length on the wire (classes of RFC 2819). */
  sizes: z.array(count),
  /** Of the last one to two minutes, most first. */
  protocols: z.array(z.object({ name: z.string(), bytes: count })),
  talkers: z.array(z.object({ address: z.string(), bytesOut: count, bytesIn: count })),
  handshake: latency,
  dns: latency,
  learning: z.object({
    status: z.enum(['learning', 'scored', 'off']),
    packets: count,
    flows: count,
    minutes: count,
    flowsNeeded: count,
    minutesNeeded: count,
    network: z.string().nullable(),
    model: z.string().nullable(),
  }),
  /** Open ones. */
  incidents: z.object({ critical: count, warning: count, info: count }),
  ring: z
    .object({
      state: z.enum(['writing', 'disk-full', 'failed']),
      bytes: count,
      files: count,
      packets: count,
      skipped: count,
    })
    .nullable(),
});
export type LiveTickShown = z.infer<typeof liveTick>;

/** What charts show of one second. */
export const livePoint = z.object({
  /** By the clock of the machine that captures. */
  at: moment,
  /** Packet time, seconds since 1970; they part in a replay. */
  packetTime: z.number(),
  packetsPerSecond: count,
  bitsPerSecond: count,
  anomalousFlows: count,
  /** Lost in this second, by the kernel and the card together; null where that is not known. */
  dropped: count.nullable(),
  sizes: z.array(count),
  /** Opened in this second. */
  opened: z.object({ critical: count, warning: count, info: count }),
});
export type LivePoint = z.infer<typeof livePoint>;

export const liveIncident = z.object({
  state: z.enum(['open', 'update', 'closed']),
  /** It turned out to be part of another, or explained. */
  withdrawn: z.boolean(),
  openedAt: moment,
  changedAt: moment,
  /** From the arrival of the packet that decided it to the event, ms. */
  latencyMs: count.nullable(),
  severity,
  incident: incidentBody,
});
export type LiveIncidentShown = z.infer<typeof liveIncident>;

export const liveNotice = z.object({
  /** In the session, from 1. */
  id: z.int().min(1),
  at: moment,
  /** 'mark': somebody's remark. */
  code: z.string(),
  message: z.string(),
  /** Of a mark. */
  user: z.string().nullable(),
});
export type LiveNoticeShown = z.infer<typeof liveNotice>;

/** Bytes of a host, oldest first; a value for every point. */
const heatRow = z.object({ address: z.string(), values: z.array(count) });

export const liveEvent = z.discriminatedUnion('type', [
  /** First, and whenever a session starts: all that is known. */
  z.object({
    type: z.literal('snapshot'),
    session: liveSession.nullable(),
    points: z.array(livePoint),
    tick: liveTick.nullable(),
    heat: z.array(heatRow),
    incidents: z.array(liveIncident),
    notices: z.array(liveNotice),
  }),
  z.object({ type: z.literal('session'), session: liveSession }),
  z.object({
    type: z.literal('tick'),
    session: z.int(),
    tick: liveTick,
    point: livePoint,
    /** Bytes of hosts in this second. */
    heat: z.array(z.tuple([z.string(), count])),
  }),
  z.object({ type: z.literal('incident'), session: z.int(), incident: liveIncident }),
  z.object({ type: z.literal('notice'), session: z.int(), notice: liveNotice }),
]);
export type LiveDeskEvent = z.infer<typeof liveEvent>;

export const live = {
  /** In the order of the system. */
  interfaces: query(nothing, z.object({ interfaces: z.array(liveInterface) })),
  access: query(nothing, liveAccess),
  /** Asks the compiler that will be used, which may take seconds; `fault` null: it is fine. `at`: the characters it is about, where known. */
  checkFilter: query(
    z.strictObject({ interface: z.string().max(NAME_MAX), filter: z.string().max(FILTER_MAX) }),
    z.object({
      fault: z.string().nullable(),
      at: z.object({ from: count, to: count }).nullable(),
      /** False: nothing here can compile it before the start. */
      checked: z.boolean(),
    }),
    'analyst',
  ),
  /** Answers when packets can come. */
  start: command(liveSource, liveSession),
  /** Answers when it has been kept (or thrown away). */
  stop: command(z.strictObject({ keep: z.boolean().default(true) }), liveSession),
  /** A remark at this moment, kept with the session. */
  mark: command(z.strictObject({ note: z.string().max(500) }), nothing),
  /** The one that runs, or the last one; null: there was none. */
  session: query(nothing, z.object({ session: liveSession.nullable() })),
  ticks: subscription(nothing, liveEvent),
  /** Asks for an administrator's password on the screen of the machine that captures. */
  installHelper: command(nothing, liveAccess, 'admin'),
} as const;

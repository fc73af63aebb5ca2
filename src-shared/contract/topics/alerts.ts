/** Alerts: the channels they leave by, which go where, when, and what became of them. Secrets go in, never out. */
import { command, query, subscription } from '../define.ts';
import { z } from '../schema.ts';
import { parseNetwork } from '../../domain/network.ts';
import { captureId, count, incidentUid, kind, moment, nothing, severity } from './common.ts';

/** What there may be of each at most. */
export const CHANNELS_MAX = 50;
export const ROUTES_MAX = 100;
/** Deliveries that `queue` tells of. */
export const DELIVERIES_SHOWN = 200;
const FIELD_TEXT_MAX = 16_384;
const LINES_MAX = 100;
const HOSTS_MAX = 256;
const DOCUMENT_MAX = 4 * 1024 ** 2;
const DAMAGED_ID_MAX = 1000;

/** Made from the channel's name once, and never changed: routes, the queue and secrets name the channel by it. */
export const channelId = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,39}$/, 'starts with a letter, then a-z, 0-9 and -, at most 40 characters');
const fieldName = z.string().regex(/^[a-zA-Z][a-zA-Z0-9_-]{0,39}$/);
export const fieldValue = z.union([
  z.string().max(FIELD_TEXT_MAX),
  z.number(),
  z.boolean(),
  z.array(z.string().max(FIELD_TEXT_MAX)).max(LINES_MAX).readonly(),
]);
export const channelName = z.string().trim().min(1).max(100);
export const channelSettings = z.record(fieldName, fieldValue);

const channelField = z.object({
  name: z.string(),
  label: z.string(),
  help: z.string().optional(),
  type: z.enum(['text', 'secret', 'url', 'host', 'port', 'number', 'choice', 'switch', 'lines', 'headers']),
  required: z.boolean().optional(),
  default: fieldValue.optional(),
  options: z.array(z.object({ value: z.string(), label: z.string() })).optional(),
  min: z.number().optional(),
  max: z.number().optional(),
  maxLength: z.number().optional(),
});
export type ChannelField = z.infer<typeof channelField>;

const channelKind = z.object({
  id: z.string(),
  title: z.string(),
  hint: z.string(),
  fields: z.array(channelField),
});
export type ChannelKindShown = z.infer<typeof channelKind>;

export const alertChannel = z.object({
  id: channelId,
  name: z.string(),
  kind: z.string(),
  enabled: z.boolean(),
  /** Without secrets: fields of type `secret` and `headers`. */
  settings: channelSettings,
  /** Names of the secret fields that are set. */
  secretsSet: z.array(z.string()),
});
export type AlertChannel = z.infer<typeof alertChannel>;

const clock = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'write it as 08:30');
const zone = z.string().min(1).max(64);
const WEEK = 7;

/** From `from` up to `to`; where `to` is not later, up to it on the following day, which counts as the day before. */
export const alertHours = z.strictObject({
  /** 1: Monday … 7: Sunday. */
  days: z.array(z.int().min(1).max(WEEK)).min(1).max(WEEK),
  from: clock,
  to: clock,
  /** IANA name, or 'system'. */
  timeZone: zone.default('system'),
});
export type AlertHours = z.infer<typeof alertHours>;

const hostGroup = z
  .string()
  .min(1)
  .max(64)
  .refine((text) => parseNetwork(text) !== null, {
    error: 'neither an address nor a network; write for example 10.0.0.0/8',
  });

/** All routes that fit an incident count: it goes to every channel that one of them names. */
export const alertRoute = z.strictObject({
  name: z.string().trim().max(100).default(''),
  enabled: z.boolean().default(true),
  channels: z.array(channelId).max(CHANNELS_MAX),
  /** At least. */
  severity: severity.default('warning'),
  /** Empty: all. */
  kinds: z.array(kind).max(100).default([]),
  /** Addresses and networks, one of whose hosts takes part; empty: all. */
  hosts: z.array(hostGroup).max(HOSTS_MAX).default([]),
  /** Where the hosts above are looked for. */
  side: z.enum(['any', 'source', 'target']).default('any'),
  /** null: always. */
  hours: alertHours.nullable().default(null),
});
export type AlertRoute = z.infer<typeof alertRoute>;

const port = z.int().min(1).max(65_535);

export const alertPolicy = z.strictObject({
  /** An incident that goes on is told of again after so many minutes without an alert of it; 0: never. */
  quietMinutes: z.int().min(0).max(10_080),
  /** Collected, and sent as one alert each hour or each day. */
  digest: z.enum(['off', 'hourly', 'daily']),
  /** Of a daily digest. */
  digestHour: z.int().min(0).max(23),
  /** What is at least so severe is sent at once all the same. */
  digestExcept: z.enum(['none', 'critical', 'warning']),
  /** Of the digest's hour: IANA name, or 'system'. */
  timeZone: zone,
  /** Alerts that one channel is sent in an hour; what comes beyond goes into one digest. */
  hourlyCeiling: z.int().min(1).max(10_000),
  /** The name of this Sonde in alerts. */
  sensor: z.string().trim().min(1).max(100),
  /** Where metrics are served on the loopback address; null: nowhere. */
  metricsPort: port.nullable(),
});
export type AlertPolicy = z.infer<typeof alertPolicy>;

export const DEFAULT_ALERT_POLICY: AlertPolicy = {
  quietMinutes: 60,
  digest: 'off',
  digestHour: 8,
  digestExcept: 'critical',
  timeZone: 'system',
  hourlyCeiling: 60,
  sensor: 'sonde',
  metricsPort: null,
};

const deliveryState = z.enum(['waiting', 'delivered', 'dead']);
const delivery = z.object({
  id: z.int(),
  channel: z.string(),
  state: deliveryState,
  reason: z.enum(['opened', 'worsened', 'goes-on', 'digest', 'report', 'test']),
  severity,
  title: z.string(),
  /** The same in every attempt; receivers know doubles by it. */
  key: z.string(),
  attempts: count,
  madeAt: moment,
  /** Of one that waits; null: now. */
  nextAt: moment.nullable(),
  deliveredAt: moment.nullable(),
  /** What the other side said last; '' where nothing was tried yet. */
  words: z.string(),
});
export type AlertDelivery = z.infer<typeof delivery>;

const channelQueue = z.object({
  channel: z.string(),
  /** Of a channel that is no longer there: its id. */
  name: z.string(),
  waiting: count,
  delivered: count,
  dead: count,
  /** Collected for the next digest. */
  held: count,
  /** Since when no attempt has succeeded; null: the last one did, or there was none. */
  failingSince: moment.nullable(),
  /** What the other side said last, and when. */
  lastAnswer: z.string(),
  lastAnswerAt: moment.nullable(),
  /** Alerts that found no place any more, since the database was made. */
  refused: count,
});
export type ChannelQueue = z.infer<typeof channelQueue>;

/** Dead letters: these, or all of a channel. */
const chosen = z.union([
  z.strictObject({ ids: z.array(z.int().min(1)).min(1).max(1000) }),
  z.strictObject({ channel: z.string().min(1).max(40) }),
]);
export type ChosenDeliveries = z.infer<typeof chosen>;

const changeOfChannel = {
  name: channelName,
  kind: z.string().min(1).max(40),
  enabled: z.boolean().default(true),
  /** Fields that are no secrets; headers may stand here too. */
  settings: channelSettings.default({}),
  /** Of type `secret` and `headers` (one a line). Absent or '': as it is kept. */
  secrets: z.record(fieldName, z.string().max(FIELD_TEXT_MAX)).default({}),
  /** Secrets that are forgotten. */
  forget: z.array(fieldName).max(40).default([]),
};

const imported = z.strictObject({
  /** The text of a document of schema `sonde.settings/1`. */
  document: z.string().max(DOCUMENT_MAX),
  /** Ids of channels of the document that may go to private, loopback and link-local addresses. */
  allowPrivate: z.array(channelId).max(CHANNELS_MAX).default([]),
  /** Ids of its continuous exports that may write a file of this machine, or go to such addresses. */
  allowExports: z.array(channelId).max(CHANNELS_MAX).default([]),
  /** Its suppressions may silence incidents that are heard now. */
  allowSuppressions: z.boolean().default(false),
});

/** Of what takes the place of all that is there: names. null where the document does not speak of it. */
const replacement = z.object({ count, comes: z.array(z.string()), goes: z.array(z.string()) }).nullable();
export type Replacement = z.infer<typeof replacement>;

const silenced = z.object({ total: count, critical: count });

const suppressionPlanned = z.object({
  /** Its scope in words. */
  text: z.string(),
  reason: z.string(),
  /** Who made it, as the document says; null: whoever brings it in. */
  author: z.string().nullable(),
  expiresAt: moment.nullable(),
  change: z.enum(['new', 'same']),
  /** It is switched on, and its time is not over. */
  inForce: z.boolean(),
  /** Incidents that are heard now and would be silenced: all, and those that began in the last 30 days. */
  silences: silenced,
  recent: silenced,
});
export type SuppressionPlanned = z.infer<typeof suppressionPlanned>;

const importPreview = z.object({
  channels: z.array(
    z.object({
      id: channelId,
      name: z.string(),
      /** Its name in the document, where another channel has that name already; null: it keeps it. */
      renamedFrom: z.string().nullable(),
      kind: z.string(),
      change: z.enum(['new', 'replaced', 'same']),
      /** It names an address of the inside, or asks to be let there: it needs an explicit yes (`allowPrivate`). */
      asksPrivate: z.boolean(),
      /** Where it would go to, in words. */
      target: z.string(),
      /** Secrets that the document refers to and that are not there. */
      secretsMissing: z.array(z.string()),
    }),
  ),
  /** Channels of the desk that the document does not have: they stay. */
  kept: z.array(z.string()),
  routes: replacement,
  reports: replacement,
  /** Names of exports that are there and not in the document, where it speaks of exports: they go. */
  exportsGone: z.array(z.string()),
  /** They take the place of those there are. */
  exports: z.array(
    z.object({
      id: channelId,
      name: z.string(),
      change: z.enum(['new', 'replaced', 'same']),
      asksPrivate: z.boolean(),
      target: z.string(),
    }),
  ),
  /** Whether policy, networks and devices are replaced. */
  policy: z.boolean(),
  networks: count,
  devices: count,
  roles: count,
  /** Those that are new are added. */
  suppressions: z.array(suppressionPlanned),
});
export type ImportPreview = z.infer<typeof importPreview>;

export const alerts = {
  /** What kinds of channel there are, and what each has to know. */
  kinds: query(nothing, z.object({ kinds: z.array(channelKind) }), 'analyst'),
  get: query(
    nothing,
    z.object({
      channels: z.array(alertChannel),
      /** What cannot be read in the database any more: nothing is sent by them, and they can be removed. */
      damaged: z.array(z.object({ id: z.string(), name: z.string() })),
      routes: z.array(alertRoute),
      policy: alertPolicy,
    }),
    'analyst',
  ),
  /**
   * Without `id` a new one is made. Kept secrets have to be given again where the other side becomes another one
   * (URL, host), so that they cannot be sent elsewhere by whoever does not know them.
   */
  setChannel: command(z.strictObject({ id: channelId.optional(), ...changeOfChannel }), alertChannel, 'admin'),
  /** With all that waits for it; routes name it no longer. Of one that is damaged the id may be, too. */
  removeChannel: command(z.strictObject({ id: z.string().min(1).max(DAMAGED_ID_MAX) }), nothing, 'admin'),
  /** Sends one alert of reason `test` now, past the queue: by a channel as it is kept, or as it would be. */
  test: command(
    z.strictObject({
      id: channelId.optional(),
      draft: z.strictObject(changeOfChannel).optional(),
    }),
    z.object({ ok: z.boolean(), words: z.string(), ms: count }),
    'admin',
  ),
  /** All of them, in their order. */
  setRoutes: command(
    z.strictObject({ routes: z.array(alertRoute).max(ROUTES_MAX) }),
    z.object({ routes: z.array(alertRoute) }),
    'admin',
  ),
  /** Changes what is given, leaves the rest. */
  setPolicy: command(alertPolicy.partial(), alertPolicy, 'admin'),
  queue: query(
    nothing,
    z.object({
      channels: z.array(channelQueue),
      /** The latest first, at most 200. */
      latest: z.array(delivery),
      /** Given up, the latest first, at most 200. */
      dead: z.array(delivery),
    }),
    'analyst',
  ),
  /** Notifications for the page to show; whoever listens shows them. `incident`: where a click leads. */
  notices: subscription(
    nothing,
    z.object({
      /** The same in repetitions. */
      key: z.string(),
      title: z.string(),
      body: z.string(),
      incident: z.object({ capture: captureId, uid: incidentUid }).nullable(),
    }),
    'analyst',
  ),
  /** Dead letters go into the queue again. */
  retry: command(chosen, z.object({ count }), 'analyst'),
  /** Dead letters are thrown away. */
  drop: command(chosen, z.object({ count }), 'analyst'),
  /** The settings as one document of schema `sonde.settings/1`: secrets by reference. */
  export: query(nothing, z.object({ document: z.string() }), 'analyst'),
  /** What an import would do. */
  previewImport: query(imported, importPreview, 'admin'),
  /** @throws `bad-request` where a channel, an export or a suppression needs a yes that is not given */
  import: command(
    imported,
    /** With the ids of the suppressions that were added: `suppressions.removeAll` takes them back. */
    importPreview.extend({ suppressionsAdded: z.array(z.int()) }),
    'admin',
  ),
} as const;

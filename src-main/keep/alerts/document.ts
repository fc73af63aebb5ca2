/** Channels, routes, policy and scheduled reports as they stand in a document of schema `sonde.settings/1`: secrets by reference. */
import {
  alertPolicy,
  alertRoute,
  channelId,
  channelName,
  CHANNELS_MAX,
  fieldValue,
  ROUTES_MAX,
} from '../../../src-shared/contract/topics/alerts.ts';
import { REPORT_SCHEDULES_MAX, reportSchedule } from '../../../src-shared/contract/topics/reports.ts';
import { SIEM_EXPORTS_MAX } from '../../../src-shared/contract/topics/siem.ts';
import { z } from '../../../src-shared/contract/schema.ts';
import { SondeError } from '../../../src-shared/errors.ts';
import type { StoredChannel } from '../store/types.ts';
import { checkPlaces } from './places.ts';
import { readSmall } from './small-file.ts';
import { secretName, type SecretStore } from './secrets.ts';
import { checkedSettings, isSecret } from './settings.ts';
import { placeOf, soundExport } from './siem/check.ts';
import { isSyslogTarget } from './syslog-export/target.ts';
import { zoneFault } from './zoned.ts';
import type { ChannelKind, ChannelSettings, Field, FieldValue } from './types.ts';

const REFERENCE_MAX = 4096;
/** Of a file with a secret, bytes. */
const SECRET_MAX = 65_536;

export const reference = z
  .union([
    z.strictObject({ env: z.string().min(1).max(REFERENCE_MAX) }),
    z.strictObject({ file: z.string().min(1).max(REFERENCE_MAX) }),
    z.strictObject({ key: z.string().min(1).max(REFERENCE_MAX) }),
  ])
  .describe('where a secret is: a variable of the environment, a file, a name in the key file of the data folder');
export type SecretReference = z.infer<typeof reference>;

const channel = z.strictObject({
  id: channelId,
  /** As people know it; absent: the id. */
  name: channelName.optional(),
  kind: z.string().min(1).max(40),
  enabled: z.boolean().default(true),
  settings: z
    .record(
      z.string().regex(/^[a-zA-Z][a-zA-Z0-9_-]{0,39}$/),
      z.union([fieldValue, reference], {
        error: 'has to be a text, a number, true or false, a list of texts, or one reference to a secret',
      }),
    )
    .default({}),
});
export type ChannelInDocument = z.infer<typeof channel>;

const soundZone = (zone: string): boolean => zone === 'system' || zoneFault(zone) === null;
const NO_ZONE = 'there is no such time zone; write for example Europe/Berlin';

/** Also where routes come from elsewhere. */
export const soundRoute = alertRoute.refine(({ hours }) => hours === null || soundZone(hours.timeZone), {
  path: ['hours', 'timeZone'],
  error: NO_ZONE,
});

/** Also where schedules come from elsewhere. */
export const soundSchedule = reportSchedule.refine(({ timeZone }) => soundZone(timeZone), {
  path: ['timeZone'],
  error: NO_ZONE,
});

const isUnique = (named: readonly { id: string }[]): boolean =>
  new Set(named.map(({ id }) => id)).size === named.length;

/** Log servers take what they are sent; two that put the same file aside lose lines. */
const isApart = (exports: readonly { target: string }[]): boolean => {
  const files = exports.filter(({ target }) => !isSyslogTarget(target)).map(({ target }) => placeOf(target));
  return new Set(files).size === files.length;
};

export const alertsInDocument = {
  channels: z.array(channel).max(CHANNELS_MAX).refine(isUnique, { error: 'two channels have the same id' }).optional(),
  routes: z.array(soundRoute).max(ROUTES_MAX).optional(),
  reports: z
    .array(soundSchedule)
    .max(REPORT_SCHEDULES_MAX)
    .refine(isUnique, { error: 'two reports have the same id' })
    .optional(),
  exports: z
    .array(soundExport)
    .max(SIEM_EXPORTS_MAX)
    .refine(isUnique, { error: 'two exports have the same id' })
    .refine(isApart, { error: 'two exports write into the same file' })
    .optional(),
  alerts: alertPolicy
    .partial()
    .refine(({ timeZone }) => timeZone === undefined || soundZone(timeZone), { path: ['timeZone'], error: NO_ZONE })
    .optional(),
};

export const isReference = (value: FieldValue | SecretReference): value is SecretReference =>
  typeof value === 'object' && !Array.isArray(value);

function wrong(where: string, what: string, cure: string): SondeError {
  return new SondeError('usage', `${where}: ${what}`, where, cure);
}

function fileText(path: string, where: string): string {
  try {
    const file = readSmall(path, SECRET_MAX);
    if (!file) throw wrong(where, `${path} is no regular file, or larger than a secret is`, 'Name another file.');
    return file.text;
  } catch (error) {
    if (error instanceof SondeError) throw error;
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown cause';
    throw new SondeError('read-failed', `${where}: ${path} cannot be read (${code})`, path, 'Check the file.');
  }
}

/** @throws SondeError where there is no such secret; its message never holds one */
export async function resolve(given: SecretReference, where: string, keys: SecretStore): Promise<string> {
  if ('env' in given) {
    const value = process.env[given.env];
    if (value !== undefined && value !== '') return value;
    throw wrong(where, `the variable ${given.env} is not set`, 'Set it, or refer to another secret.');
  }
  if ('file' in given) {
    const text = fileText(given.file, where).replace(/\r?\n$/, '');
    if (text !== '') return text;
    throw wrong(where, `${given.file} is empty`, 'Write the secret into it.');
  }
  const held = await keys.get(given.key);
  if (held !== null) return held;
  const cure = 'Keep it there with sonde alerts secret NAME.';
  throw wrong(where, `the key file has no secret ${given.key}`, cure);
}

function ofField(field: Field | undefined, value: FieldValue | SecretReference, where: string): void {
  if (field && !isSecret(field) && isReference(value)) {
    throw wrong(where, `${field.name} is no secret and cannot be a reference`, 'Write its value.');
  }
  if (field?.type === 'secret' && !isReference(value)) {
    const cure = 'Write for example { "env": "NAME" }, { "file": "PATH" } or { "key": "NAME" }.';
    throw wrong(where, `${field.name} is a secret and has to be a reference`, cure);
  }
}

/** The settings of a channel in a file that whoever runs the program named: references are followed. @throws SondeError */
export async function resolved(
  kind: ChannelKind,
  { id, settings }: ChannelInDocument,
  keys: SecretStore,
): Promise<ChannelSettings> {
  const where = `channel ${id}`;
  const given: Record<string, FieldValue> = {};
  for (const [name, value] of Object.entries(settings)) {
    ofField(
      kind.fields.find((field) => field.name === name),
      value,
      where,
    );
    given[name] = isReference(value) ? await resolve(value, where, keys) : value;
  }
  const settled = checkedSettings(kind, given, where);
  checkPlaces(kind, settled, where);
  return settled;
}

/** A channel of the desk in a document. */
export function channelInDocument({ id, name, kind, enabled, settings, secrets }: StoredChannel): ChannelInDocument {
  const references = secrets.map((field): [string, SecretReference] => [field, { key: secretName(id, field) }]);
  return { id, name, kind, enabled, settings: { ...settings, ...Object.fromEntries(references) } };
}

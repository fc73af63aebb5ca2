/** What an imported document would change, before anything is changed. */
import { CHANNELS_MAX, type ImportPreview, type Replacement } from '../../../../src-shared/contract/topics/alerts.ts';
import { plainFault } from '../../../../src-shared/contract/faults.ts';
import type { SiemExport } from '../../../../src-shared/contract/topics/siem.ts';
import { SondeError } from '../../../../src-shared/errors.ts';
import { isReference, type ChannelInDocument } from '../../../keep/alerts/document.ts';
import { ALLOW_PRIVATE, hostOf, isInside } from '../../../keep/alerts/places.ts';
import { checkCarriers } from '../../../keep/alerts/reports/check.ts';
import { kindNamed } from '../../../keep/alerts/senders.ts';
import { readExports } from '../../../keep/alerts/siem/kept.ts';
import { isSyslogTarget, syslogTarget } from '../../../keep/alerts/syslog-export/target.ts';
import { secretName } from '../../../keep/alerts/secrets.ts';
import { checkedFields, checkedSettings, destination, isSecret } from '../../../keep/alerts/settings.ts';
import type { ChannelKind, FieldValue } from '../../../keep/alerts/types.ts';
import type { StoredChannel } from '../../../keep/store/types.ts';
import { faultsOf, settingsDocument, type SettingsDocument } from '../../settings-document.ts';
import type { Desk } from '../desk.ts';
import { readRoutes } from './desk-alerts.ts';
import { readSchedules } from './desk-reports.ts';
import { namesApart, replaced, routeName } from './plan-names.ts';
import { suppressionsPlanned, type FreshSuppression } from './plan-suppressions.ts';

/** Kinds that start a program of this machine: as much in need of a yes as an address of the inside. */
const LOCAL_KINDS: ReadonlySet<string> = new Set(['command']);

/** Fields by their names, so that their order says nothing. */
export const inOrder = (fields: object): [string, unknown][] =>
  Object.entries(fields).toSorted(([a], [b]) => (a < b ? -1 : 1));

function wrong(what: string): SondeError {
  return new SondeError('bad-request', what, 'document', 'Correct the document; docs/alerts.md tells what it holds.');
}

/** No value stands in the fault: it may be a secret that somebody wrote where none belongs. @throws SondeError */
function parsed(text: string): SettingsDocument {
  let json: unknown;
  try {
    json = JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch {
    throw wrong('this is not JSON');
  }
  const result = settingsDocument.safeParse(json, { error: plainFault });
  if (result.success) return result.data;
  throw wrong(faultsOf(result.error));
}

export interface Looked {
  channel: StoredChannel;
  kind: ChannelKind;
  asksPrivate: boolean;
  target: string;
}

/** Values of fields that are no secrets. @throws SondeError `bad-request` */
function openSettings(kind: ChannelKind, { id, settings }: ChannelInDocument): Record<string, FieldValue> {
  const open: Record<string, FieldValue> = {};
  for (const [name, value] of Object.entries(settings)) {
    const field = kind.fields.find((each) => each.name === name);
    if (!field) throw wrong(`channel ${id}: ${kind.title} has no field ${name}`);
    if (isReference(value) ? !isSecret(field) : field.type === 'secret') {
      throw wrong(`channel ${id}: ${name} ${isSecret(field) ? 'has to be a reference' : 'is no secret'}`);
    }
    // Headers in the open are taken for secrets that somebody has to enter: they may hold some.
    if (!isReference(value) && !isSecret(field)) open[name] = value;
  }
  // Where secrets are to come, only the whole can be judged: when they are entered.
  const asksSecrets = kind.fields.some((f) => isSecret(f) && (f.required === true || settings[f.name] !== undefined));
  if (!asksSecrets) checkedSettings(kind, open, `channel ${id}`);
  return checkedFields(kind, open, `channel ${id}`);
}

/** Secrets that the document speaks of, and that are this desk's own for this very channel and place. */
function keptSecrets(
  kind: ChannelKind,
  document: ChannelInDocument,
  open: Looked['channel']['settings'],
  before?: StoredChannel,
): string[] {
  if (!before || before.kind !== kind.id || destination(kind, before.settings) !== destination(kind, open)) return [];
  return before.secrets.filter((name) => {
    const value = document.settings[name];
    return value !== undefined && isReference(value) && 'key' in value && value.key === secretName(before.id, name);
  });
}

function looked(desk: Desk, document: ChannelInDocument, before: StoredChannel | undefined): Looked {
  const kind = kindNamed(desk.alerts.kinds, document.kind, `channel ${document.id}`);
  const settings = openSettings(kind, document);
  const places = kind.fields.filter(
    ({ name, type }) => (type === 'url' || type === 'host') && settings[name] !== undefined,
  );
  const hosts = places.map((field) => hostOf(field, settings[field.name] ?? ''));
  const asksPrivate = settings[ALLOW_PRIVATE] === true || LOCAL_KINDS.has(kind.id) || hosts.some(isInside);
  const { id, name = id, enabled } = document;
  const secrets = keptSecrets(kind, document, settings, before);
  return {
    kind,
    channel: { id, name, kind: kind.id, enabled, settings, secrets },
    asksPrivate,
    target: LOCAL_KINDS.has(kind.id) ? 'a program of this machine' : hosts.join(', '),
  };
}

function changeOf(channel: StoredChannel, before: StoredChannel | undefined): 'new' | 'replaced' | 'same' {
  if (!before) return 'new';
  const text = ({ settings, secrets, ...other }: StoredChannel): string =>
    JSON.stringify([inOrder(settings), secrets, inOrder(other)]);
  return text(channel) === text(before) ? 'same' : 'replaced';
}

/** One that writes a file of this machine, or sends to where only `allowPrivate` lets it, asks for a yes. */
function exportPlanned(asked: SiemExport, before: readonly SiemExport[]): ImportPreview['exports'][number] {
  const { id, name = id, target, allowPrivate } = asked;
  const there = before.find((each) => each.id === id);
  const same = JSON.stringify(inOrder(asked)) === JSON.stringify(there && inOrder(there));
  const change = same ? 'same' : there ? 'replaced' : 'new';
  const asksPrivate = !isSyslogTarget(target) || allowPrivate || isInside(syslogTarget(target).host);
  return { id, name, change, asksPrivate, target };
}

/** Where the document speaks of exports, those it does not have go. */
function exportsGone({ exports }: SettingsDocument, there: readonly SiemExport[]): string[] {
  if (!exports) return [];
  const stay = new Set(exports.map(({ id }) => id));
  return there.filter(({ id }) => !stay.has(id)).map(({ id, name = id }) => name);
}

export interface Plan {
  document: SettingsDocument;
  looked: Looked[];
  before: readonly StoredChannel[];
  /** Suppressions that are not there yet. */
  fresh: readonly FreshSuppression[];
  preview: ImportPreview;
}

/** Routes and reports that come and go. */
async function replacements(
  desk: Desk,
  { routes, reports }: SettingsDocument,
  channels: readonly { id: string; name?: string | undefined }[],
): Promise<{ routes: Replacement; reports: Replacement }> {
  const named = new Map(channels.map(({ id, name = id }) => [id, name]));
  return {
    routes: replaced(routes, await readRoutes(desk.store), (route) => routeName(route, named)),
    reports: replaced(reports, await readSchedules(desk.store), ({ id, name = id }) => name),
  };
}

/** @throws SondeError `bad-request` */
export async function planOf(desk: Desk, text: string): Promise<Plan> {
  const document = parsed(text);
  const before = await desk.store.alertChannels();
  const exports = await readExports(desk.store);
  const found = (id: string): StoredChannel | undefined => before.find((each) => each.id === id);
  const channels = document.channels ?? [];
  const ids = new Set(channels.map(({ id }) => id));
  const kept = before.filter(({ id }) => !ids.has(id));
  if (kept.length + ids.size > CHANNELS_MAX) throw wrong(`there would be more than ${CHANNELS_MAX} channels`);
  const all = namesApart(
    channels.map((each) => looked(desk, each, found(each.id))),
    kept.map(({ name }) => name),
  );
  const there = [...all.map(({ channel }) => channel), ...kept];
  for (const report of document.reports ?? []) checkCarriers(report, there, desk.alerts.kinds);
  const missing = ({ kind, channel }: Looked, { settings }: ChannelInDocument): string[] =>
    kind.fields
      .filter((f) => isSecret(f) && settings[f.name] !== undefined && !channel.secrets.includes(f.name))
      .map((f) => f.name);
  const suppressions = await suppressionsPlanned(desk, document.suppressions ?? []);
  const preview: ImportPreview = {
    channels: all.map((each, index) => {
      const { id, name, kind } = each.channel;
      const secretsMissing = missing(each, channels[index]!);
      const change = changeOf(each.channel, found(id));
      const { asksPrivate, target, renamedFrom } = each;
      return { id, name, renamedFrom, kind, change, asksPrivate, target, secretsMissing };
    }),
    kept: kept.map(({ name }) => name),
    ...(await replacements(desk, document, there)),
    exportsGone: exportsGone(document, exports),
    exports: (document.exports ?? []).map((each) => exportPlanned(each, exports)),
    policy: document.alerts !== undefined,
    networks: document.networks?.length ?? 0,
    devices: document.devices?.length ?? 0,
    roles: document.roles?.length ?? 0,
    suppressions: suppressions.shown,
  };
  return { document, looked: all, before, fresh: suppressions.fresh, preview };
}

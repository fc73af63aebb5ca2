/** The desk's settings as one document of schema `sonde.settings/1`, out and in. */
import type { Answer, Input } from '../../../../src-shared/contract/define.ts';
import type { contract } from '../../../../src-shared/contract/index.ts';
import type { ImportPreview } from '../../../../src-shared/contract/topics/alerts.ts';
import type { SiemExport } from '../../../../src-shared/contract/topics/siem.ts';
import type { Settings } from '../../../../src-shared/contract/topics/settings.ts';
import { SondeError } from '../../../../src-shared/errors.ts';
import { channelInDocument } from '../../../keep/alerts/document.ts';
import { ALLOW_PRIVATE } from '../../../keep/alerts/places.ts';
import { readExports } from '../../../keep/alerts/siem/kept.ts';
import { isSyslogTarget } from '../../../keep/alerts/syslog-export/target.ts';
import { DESK_SETTINGS } from '../../../keep/store/queries/common.ts';
import { SETTINGS_SCHEMA, type SettingsDocument } from '../../settings-document.ts';
import { readSettings } from '../topics/settings.ts';
import { namesOf, several } from '../topics/suppressions.ts';
import type { Desk } from '../desk.ts';
import { forgetSecrets } from './channels.ts';
import { ALERT_POLICY, readPolicy, readRoutes } from './desk-alerts.ts';
import { replaceExports } from './desk-exports.ts';
import { readSchedules } from './desk-reports.ts';
import { planOf, type Plan } from './plan.ts';

type Imported = Input<typeof contract.alerts.import>;

const INDENT = 2;
/** Suppressions that a refusal names. */
const NAMED = 10;

/** Everything but the secrets, which are named. */
export async function exportDocument(desk: Desk): Promise<string> {
  const { store, readers } = desk;
  const [settings, channels, routes, policy, reports, exports, suppressions] = await Promise.all([
    readSettings(store),
    store.alertChannels(),
    readRoutes(store),
    readPolicy(store),
    readSchedules(store),
    readExports(store),
    readers.ask('listSuppressions', [desk.now()]),
  ]);
  const { tourSeen: _, ...rest } = settings;
  const document = {
    schema: SETTINGS_SCHEMA,
    ...rest,
    suppressions: suppressions.map(({ scope, reason, author, createdAt, expiresAt, enabled }) => {
      return { scope, reason, author, createdAt, expiresAt, enabled };
    }),
    channels: channels.map(channelInDocument),
    routes,
    reports,
    exports,
    alerts: policy,
  };
  return `${JSON.stringify(document, null, INDENT)}\n`;
}

export async function previewImport(desk: Desk, { document }: Imported): Promise<ImportPreview> {
  return (await planOf(desk, document)).preview;
}

/** @throws SondeError `bad-request` */
function checkAllowed({ preview }: Plan, { allowPrivate, allowExports, allowSuppressions }: Imported): void {
  refuse('channels', 'allowPrivate', preview.channels, allowPrivate);
  refuse('exports', 'allowExports', preview.exports, allowExports);
  const silencing = preview.suppressions.filter(({ silences }) => silences.total > 0);
  if (silencing.length === 0 || allowSuppressions) return;
  const named = silencing.slice(0, NAMED).map(({ text, silences }) => `${text} (${silences.total})`);
  const more = silencing.length > NAMED ? [`and ${silencing.length - NAMED} more`] : [];
  const what = `these suppressions silence incidents that are heard now: ${[...named, ...more].join('; ')}`;
  throw new SondeError('bad-request', what, 'allowSuppressions', 'Allow it by a yes of its own, or leave them out.');
}

/** @throws SondeError `bad-request` */
function refuse(
  what: string,
  field: string,
  asked: readonly { id: string; name: string; target: string; asksPrivate: boolean }[],
  allowed: readonly string[],
): void {
  const asking = asked.filter(({ id, asksPrivate }) => asksPrivate && !allowed.includes(id));
  if (asking.length === 0) return;
  const named = asking.map(({ name, target }) => `${name} (${target})`).join(', ');
  const cure = 'Allow each of them by a yes of its own, or leave it out.';
  throw new SondeError('bad-request', `these ${what} lead into your own network or machine: ${named}`, field, cure);
}

async function applyChannels(desk: Desk, plan: Plan, allowed: readonly string[]): Promise<void> {
  for (const { kind, channel } of plan.looked) {
    const before = plan.before.find(({ id }) => id === channel.id);
    if (before && before.kind !== channel.kind) await desk.store.removeAlertChannel(before.id);
    const settings = { ...channel.settings };
    if (kind.fields.some(({ name }) => name === ALLOW_PRIVATE)) {
      settings[ALLOW_PRIVATE] =
        allowed.includes(channel.id) && plan.preview.channels.some((c) => c.id === channel.id && c.asksPrivate);
    }
    await desk.store.putAlertChannel({ ...channel, settings });
    await forgetSecrets(
      desk,
      channel.id,
      (before?.secrets ?? []).filter((name) => !channel.secrets.includes(name)),
    );
  }
}

const DESK_FIELDS = [
  'networks',
  'devices',
  'roles',
  'profile',
  'budget',
  'timeZone',
  'retentionDays',
  'theme',
] as const;

async function applySettings(desk: Desk, document: SettingsDocument): Promise<void> {
  const given = Object.fromEntries(
    DESK_FIELDS.filter((name) => document[name] !== undefined).map((name) => [name, document[name]]),
  ) as Partial<Settings>;
  if (Object.keys(given).length === 0) return;
  await desk.store.setSetting(DESK_SETTINGS, { ...(await readSettings(desk.store)), ...given });
  desk.changes.tell({ what: 'settings', capture: null });
}

/** Those that are not there yet; their ids. */
async function applySuppressions(desk: Desk, { fresh }: Plan, user: string): Promise<number[]> {
  if (fresh.length === 0) return [];
  const now = desk.now();
  const ids: number[] = [];
  for (const { scope, reason = '', author = user, createdAt = now, expiresAt, enabled } of fresh) {
    const made = Math.min(createdAt, now);
    ids.push(await desk.store.addSuppression({ scope, reason, author, createdAt: made, expiresAt, enabled }));
  }
  await desk.refreshSuppressions();
  await desk.audit(user, 'suppress', several(fresh.length), `brought in with the settings: ${namesOf(fresh)}`);
  return ids;
}

/** Into one's own network only those that were allowed: the others asked for it in vain, and were refused before. */
function exportsAllowed({ preview }: Plan, exports: readonly SiemExport[]): SiemExport[] {
  const asking = new Set(preview.exports.filter(({ asksPrivate }) => asksPrivate).map(({ id }) => id));
  return exports.map((each) => ({ ...each, allowPrivate: isSyslogTarget(each.target) && asking.has(each.id) }));
}

/** @throws SondeError `bad-request`; nothing is changed then */
export async function importDocument(
  desk: Desk,
  given: Imported,
  user: string,
): Promise<Answer<typeof contract.alerts.import>> {
  const plan = await planOf(desk, given.document);
  checkAllowed(plan, given);
  const { document } = plan;
  await applyChannels(desk, plan, given.allowPrivate);
  if (document.routes) await desk.store.setAlertRoutes(document.routes);
  if (document.reports) await desk.reports.replace(document.reports);
  if (document.exports) await replaceExports(desk, exportsAllowed(plan, document.exports));
  if (document.alerts) {
    const policy = Object.entries(document.alerts).filter(([, value]) => value !== undefined);
    await desk.store.setSetting(ALERT_POLICY, { ...(await readPolicy(desk.store)), ...Object.fromEntries(policy) });
  }
  await applySettings(desk, document);
  const suppressionsAdded = await applySuppressions(desk, plan, user);
  return { ...plan.preview, suppressionsAdded };
}

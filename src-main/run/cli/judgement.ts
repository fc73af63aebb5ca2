/** What `--settings`, `--profile` and `--budget` say of a network: options of the run, as the desk gives them. */
import type { SiemExport } from '../../../src-shared/contract/topics/siem.ts';
import { ENVIRONMENTS } from '../../../src-shared/domain/environment.ts';
import type { TriageOptions } from '../pipeline/triage-types.ts';
import type { RadarInDocument } from '../settings-document.ts';
import { oneOf, usageError, type Parsed } from './arguments.ts';
import { Silencer } from './silencer.ts';
import type { AlertSettings } from './watch-alerts.ts';

const BUDGET_MAX = 1000;

export interface Judgement {
  judged: Pick<TriageOptions, 'networks' | 'devices' | 'roles' | 'profile' | 'budget'>;
  /** Absent where nothing is suppressed. */
  silencer?: Silencer;
  /** Absent where the settings name neither channels nor a port for metrics. */
  alerts?: AlertSettings;
  /** Databases of places that the settings name, where they name any. */
  geo?: readonly string[];
  /** Cloudflare Radar, where the settings switch it on. */
  radar?: RadarInDocument;
  /** Continuous exports of the settings; absent: none. */
  exports?: readonly SiemExport[];
  /** The name that the settings give this Sonde, where they give one. */
  sensor?: string;
}

function budgetOf(parsed: Parsed): number | undefined {
  const text = parsed.value('budget');
  if (text === undefined) return undefined;
  const budget = /^\d+(\.\d+)?$/.test(text) ? Number(text) : NaN;
  if (budget <= BUDGET_MAX) return budget;
  throw usageError(`--budget ${text}: not a number up to ${BUDGET_MAX}`, '--budget', 'Write for example --budget 1.');
}

/** An option goes before the file. @throws SondeError `usage`, or where the file cannot be read */
export async function judgementOf(parsed: Parsed): Promise<Judgement> {
  const named = oneOf(parsed, 'profile', ['auto', ...ENVIRONMENTS]);
  const given = budgetOf(parsed);
  const path = parsed.value('settings');
  const file = path === undefined ? undefined : await (await import('./settings-file.ts')).readSettingsFile(path);
  const profile = named ?? file?.profile ?? 'auto';
  const budget = given ?? (file ? (file.budget ?? ('default' as const)) : undefined);
  const judged = {
    ...(file ? { networks: file.networks, devices: file.devices } : {}),
    ...(file && file.roles.length > 0 ? { roles: file.roles } : {}),
    ...(profile === 'auto' ? {} : { profile }),
    ...(budget === undefined ? {} : { budget }),
  };
  const suppressions = file?.suppressions ?? [];
  const isAsked =
    file !== undefined && (file.channels.length > 0 || file.reports.length > 0 || file.policy.metricsPort !== null);
  const alerts = isAsked ? { alerts: file } : {};
  const geo = file?.geo ?? [];
  const sensor = file && (await import('../../keep/alerts/siem/kept.ts')).ownName(file.policy.sensor);
  const known = {
    ...(sensor === undefined ? {} : { sensor }),
    ...(geo.length > 0 ? { geo } : {}),
    ...(file?.radar?.enabled ? { radar: file.radar } : {}),
    ...(file ? { exports: file.exports } : {}),
  };
  if (suppressions.length === 0) return { judged, ...known, ...alerts };
  return { judged, ...known, ...alerts, silencer: new Silencer(suppressions, Date.now) };
}

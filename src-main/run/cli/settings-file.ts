/** `--settings FILE`: the desk's settings as JSON, schema `sonde.settings/1`. */
import { DEFAULT_ALERT_POLICY, type AlertPolicy, type AlertRoute } from '../../../src-shared/contract/topics/alerts.ts';
import type { ReportSchedule } from '../../../src-shared/contract/topics/reports.ts';
import type { SiemExport } from '../../../src-shared/contract/topics/siem.ts';
import type { Settings } from '../../../src-shared/contract/topics/settings.ts';
import type { SuppressionInFile } from '../../../src-shared/contract/topics/suppression-file.ts';
import type { ChannelInDocument } from '../../keep/alerts/document.ts';
import { settingsDocument, type RadarInDocument } from '../settings-document.ts';
import { readJsonFile } from './json-file.ts';

const CURE = 'Correct the file; docs/cli.md tells what may stand in it.';

/** What `watch` judges and alerts by. */
export interface SettingsFile extends Pick<Settings, 'networks' | 'devices' | 'roles' | 'profile' | 'budget'> {
  suppressions: SuppressionInFile[];
  channels: ChannelInDocument[];
  routes: AlertRoute[];
  policy: AlertPolicy;
  geo: string[];
  radar?: RadarInDocument;
  reports: ReportSchedule[];
  exports: SiemExport[];
}

/** What was given, without what was left out. */
function given<T extends object>(some: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const entries = Object.entries(some).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as { [K in keyof T]?: Exclude<T[K], undefined> };
}

/** @throws SondeError `usage` for what is wrong in it, `not-found` or `read-failed` where it cannot be read */
export async function readSettingsFile(path: string): Promise<SettingsFile> {
  const file = await readJsonFile(path, settingsDocument, CURE);
  const { networks = [], devices = [], roles = [], profile = 'auto', budget = null, suppressions = [] } = file;
  const { channels = [], routes = [], alerts = {}, reports = [], geo = [], radar, exports = [] } = file;
  const policy = { ...DEFAULT_ALERT_POLICY, ...given(alerts) };
  const found = {
    networks,
    devices,
    roles,
    profile,
    budget,
    suppressions,
    channels,
    routes,
    policy,
    reports,
    geo,
    exports,
  };
  return radar ? { ...found, radar } : found;
}

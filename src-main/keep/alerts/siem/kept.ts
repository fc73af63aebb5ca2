/** Continuous exports as the desk keeps them. */
import { alertPolicy, DEFAULT_ALERT_POLICY } from '../../../../src-shared/contract/topics/alerts.ts';
import type { SiemExport } from '../../../../src-shared/contract/topics/siem.ts';
import type { Store } from '../../store/types.ts';
import { soundExport } from './check.ts';

/** Where the policy of alerts lies, which names this Sonde. */
const POLICY = 'alerts';

/** Where they lie in the table of settings. */
export const EXPORTS = 'exports';

/** Those that are still valid: one of another version must not stop the others. */
export async function readExports(store: Pick<Store, 'setting'>): Promise<SiemExport[]> {
  const kept = await store.setting(EXPORTS);
  const exports = (Array.isArray(kept) ? kept : []).map((each) => soundExport.safeParse(each));
  return exports.flatMap((each) => (each.success ? [each.data] : []));
}

/** Undefined where it is the one that every Sonde has at first: a log server is told the machine's name then. */
export const ownName = (sensor: string): string | undefined =>
  sensor === DEFAULT_ALERT_POLICY.sensor ? undefined : sensor;

/** The name of this Sonde, where somebody gave it one. */
export async function readSensor(store: Pick<Store, 'setting'>): Promise<string | undefined> {
  const kept = (await store.setting(POLICY)) as { sensor?: unknown } | null | undefined;
  const sensor = alertPolicy.shape.sensor.safeParse(kept?.sensor);
  return sensor.success ? ownName(sensor.data) : undefined;
}

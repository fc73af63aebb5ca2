/** Continuous exports as the desk keeps them. */
import type { SiemExport } from '../../../../src-shared/contract/topics/siem.ts';
import type { Store } from '../../store/types.ts';
import { soundExport } from './check.ts';

/** Where they lie in the table of settings. */
export const EXPORTS = 'exports';

/** Those that are still valid: one of another version must not stop the others. */
export async function readExports(store: Pick<Store, 'setting'>): Promise<SiemExport[]> {
  const kept = await store.setting(EXPORTS);
  const exports = (Array.isArray(kept) ? kept : []).map((each) => soundExport.safeParse(each));
  return exports.flatMap((each) => (each.success ? [each.data] : []));
}

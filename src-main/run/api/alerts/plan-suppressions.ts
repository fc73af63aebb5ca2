/** What the suppressions of an imported document would silence, before they are there. */
import type { SuppressionPlanned } from '../../../../src-shared/contract/topics/alerts.ts';
import { silencingKey, type SuppressionInFile } from '../../../../src-shared/contract/topics/suppression-file.ts';
import { scopeText } from '../../../../src-shared/domain/suppression.ts';
import { inForce } from '../../../detect/incidents/suppressions/engine.ts';
import type { Desk } from '../desk.ts';
import { checkRoom } from '../topics/suppressions.ts';

export type FreshSuppression = SuppressionInFile;

const NOTHING = { silences: { total: 0, critical: 0 }, recent: { total: 0, critical: 0 } };

/** Those that silence the same for as long are there once. @throws SondeError `bad-request` where there is no room */
export async function suppressionsPlanned(
  desk: Desk,
  list: readonly SuppressionInFile[],
): Promise<{ shown: SuppressionPlanned[]; fresh: FreshSuppression[] }> {
  if (list.length === 0) return { shown: [], fresh: [] };
  const now = desk.now();
  const there = await desk.readers.ask('listSuppressions', [now]);
  const known = new Set(there.map(silencingKey));
  const fresh = list.filter((each) => known.size < known.add(silencingKey(each)).size);
  checkRoom(there.length, fresh.length);
  const working = fresh.filter((each) => inForce(each, now));
  const counted = await desk.readers.ask('countSilenced', [working.map(({ scope }) => scope), now]);
  const counts = new Map(working.map((each, place) => [each, counted[place]]));
  const isFresh = new Set(fresh);
  const shown = list.map((each): SuppressionPlanned => {
    const { scope, reason = '', author = null, expiresAt } = each;
    const change = isFresh.has(each) ? 'new' : 'same';
    const told = { text: scopeText(scope), reason, author, expiresAt, change } as const;
    return { ...told, inForce: inForce(each, now), ...(counts.get(each) ?? NOTHING) };
  });
  return { shown, fresh };
}

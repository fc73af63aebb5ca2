/** Captures that are older than the settings say go, with the files that were uploaded for them. */
import { formatTime } from '../../../src-shared/domain/time.ts';
import { FLEET_FORMAT } from '../fleet/follow/site-keeper.ts';
import { removeFiles } from './topics/captures.ts';
import type { Desk } from './desk.ts';
import { bugMessage } from './bugs.ts';
import { removeRing } from './rings.ts';
import { readSettings } from './topics/settings.ts';

const DAY_MS = 86_400_000;
/** How often it is looked, ms. */
const EVERY_MS = 3_600_000;

/** What retention needs of a desk. */
export type RetiringDesk = Pick<
  Desk,
  'store' | 'readers' | 'jobs' | 'live' | 'rings' | 'changes' | 'uploads' | 'now' | 'audit'
>;

/** Removes what is too old by now; how many captures. One that is being imported stays. */
export async function retire(desk: RetiringDesk): Promise<number> {
  const { retentionDays } = await readSettings(desk.store);
  if (retentionDays === 0) return 0;
  const oldest = desk.now() - retentionDays * DAY_MS;
  const old = (await desk.store.captures()).filter(
    (c) => c.importedAt < oldest && !desk.jobs.isImporting(c.id) && !desk.live.isWriting(c.id),
  );
  let removed = 0;
  for (const { id, name } of old) {
    const { inputs } = await desk.readers.ask('getCapture', [id]);
    if (inputs.some(({ format }) => format === FLEET_FORMAT)) {
      // It goes on for years: of it old incidents go.
      await desk.store.dropOldIncidents(id, formatTime(Math.floor(oldest / 1000), 0));
      desk.changes.tell({ what: 'incidents', capture: id });
      continue;
    }
    removed++;
    await desk.store.removeCapture(id);
    removeRing(desk.rings, id);
    const files = inputs.map((input) => input.path);
    await removeFiles(desk, files);
    await desk.audit('sonde', 'remove', name, `older than ${retentionDays} days`);
    desk.changes.tell({ what: 'captures', capture: id });
    desk.changes.tell({ what: 'incidents', capture: id });
  }
  return removed;
}

/** Looks every hour while the program runs, which may be for months; ends with what it returns. */
export function watchRetention(desk: RetiringDesk, everyMs = EVERY_MS): () => void {
  let looking = false;
  const look = async (): Promise<void> => {
    if (looking) return;
    looking = true;
    await retire(desk).finally(() => (looking = false));
  };
  const timer = setInterval(() => void look().catch(bugMessage), everyMs);
  timer.unref();
  return () => clearInterval(timer);
}

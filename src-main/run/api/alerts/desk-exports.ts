/** The desk's continuous exports: what is kept of them, and how they go in the session that runs. */
import {
  SIEM_EXPORTS_MAX,
  type SiemExport,
  type SiemExportShown,
} from '../../../../src-shared/contract/topics/siem.ts';
import { SondeError } from '../../../../src-shared/errors.ts';
import { checkExport, placeOf } from '../../../keep/alerts/siem/check.ts';
import { EXPORTS, readExports } from '../../../keep/alerts/siem/kept.ts';
import { insideOf } from '../../../keep/alerts/http/dial.ts';
import { isSyslogTarget, syslogTarget } from '../../../keep/alerts/syslog-export/target.ts';
import type { Desk } from '../desk.ts';
import { newId } from './channels.ts';

function noExport(id: string): SondeError {
  return new SondeError('not-found', 'this export is no longer there', id, 'Look at the list.');
}

/** With how it goes. */
export function exportShown({ live }: Pick<Desk, 'live'>, asked: SiemExport): SiemExportShown {
  const { id, name = id, enabled } = asked;
  const found = live.exportStates().find((each) => each.id === id);
  const { failing = false, error = '', errorAt = null, written = 0, lost = 0 } = found ?? {};
  const working = failing ? 'failing' : 'working';
  const state = !enabled ? 'off' : live.active && found ? working : 'waiting';
  return { ...asked, name, state, error, errorAt, written, lost };
}

/** Puts to work what is kept now. */
function reload({ live, changes }: Desk): void {
  live.exportsChanged();
  changes.tell({ what: 'alerts', capture: null });
}

type Change = Omit<SiemExport, 'id'> & { id?: string | undefined; name: string };

/** Without an id a new one is made. @throws SondeError `not-found`, `too-many`, `bad-request` */
export async function setExport(desk: Desk, change: Change): Promise<SiemExport> {
  const kept = await readExports(desk.store);
  const at = change.id === undefined ? kept.length : kept.findIndex(({ id }) => id === change.id);
  if (at < 0) throw noExport(change.id ?? '');
  if (at >= SIEM_EXPORTS_MAX) {
    const what = `there are ${SIEM_EXPORTS_MAX} exports already`;
    throw new SondeError('too-many', what, change.name, 'Remove one that is not needed.');
  }
  checkExport(change, change.name);
  if (change.enabled) await checkReached(change);
  checkApart(change, kept.toSpliced(at, 1));
  const id = change.id ?? newId(change.name, new Set(kept.map((each) => each.id)));
  const asked: SiemExport = { ...change, id };
  await desk.store.setSetting(EXPORTS, at === kept.length ? [...kept, asked] : kept.with(at, asked));
  reload(desk);
  return asked;
}

/** A name of the inside is told when it is entered, not when the session fails at it. @throws SondeError `bad-request` */
async function checkReached({ target, allowPrivate, name }: Change): Promise<void> {
  if (allowPrivate || !isSyslogTarget(target)) return;
  const { host } = syslogTarget(target);
  const inside = await insideOf(host);
  if (inside === null) return;
  const what = `${host} leads to this machine or a private network (${inside}), where nothing is sent without “Allow private targets”`;
  throw new SondeError('bad-request', `${name}: ${what}`, name, 'Switch that on if it is meant, or name another.');
}

/** Two that put the same file aside lose lines. @throws SondeError `bad-request` */
function checkApart({ target, name }: Change, others: readonly SiemExport[]): void {
  if (isSyslogTarget(target)) return;
  const place = placeOf(target);
  const same = others.find((each) => !isSyslogTarget(each.target) && placeOf(each.target) === place);
  if (!same) return;
  const what = `${same.name ?? same.id} writes into this file already`;
  throw new SondeError('bad-request', what, name, 'Choose another file.');
}

/** Its name. @throws SondeError `not-found` */
export async function removeExport(desk: Desk, id: string): Promise<string> {
  const kept = await readExports(desk.store);
  const found = kept.find((each) => each.id === id);
  if (!found) throw noExport(id);
  await desk.store.setSetting(
    EXPORTS,
    kept.filter((each) => each.id !== id),
  );
  reload(desk);
  return found.name ?? id;
}

/** All of them, as a settings document has them. */
export async function replaceExports(desk: Desk, exports: readonly SiemExport[]): Promise<void> {
  await desk.store.setSetting(EXPORTS, exports);
  reload(desk);
}

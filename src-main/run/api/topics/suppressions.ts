import { writeFileSync } from 'node:fs';
import type { Input } from '../../../../src-shared/contract/define.ts';
import type { contract, DeskHandlers } from '../../../../src-shared/contract/index.ts';
import { fileText, silencingKey } from '../../../../src-shared/contract/topics/suppression-file.ts';
import type { SuppressionRow } from '../../../../src-shared/contract/topics/suppressions.ts';
import { scopeText, SUPPRESSIONS_MAX } from '../../../../src-shared/domain/suppression.ts';
import { SondeError } from '../../../../src-shared/errors.ts';
import type { NewSuppression } from '../../../keep/store/types.ts';
import type { Desk } from '../desk.ts';

/** What the audit log says of several at once. */
const NAMED = 10;

async function rowOf(desk: Desk, id: number): Promise<SuppressionRow> {
  const row = (await desk.readers.ask('listSuppressions', [desk.now()])).find((s) => s.id === id);
  if (!row) throw new SondeError('not-found', 'this suppression is no longer there', String(id), 'Look at the list.');
  return row;
}

export const several = (count: number): string => (count === 1 ? '1 suppression' : `${count} suppressions`);

export function namesOf(list: readonly Pick<NewSuppression, 'scope'>[]): string {
  const named = list.slice(0, NAMED).map(({ scope }) => scopeText(scope));
  return [...named, ...(list.length > NAMED ? [`and ${list.length - NAMED} more`] : [])].join('; ');
}

/** A file holds no more: what is here can always be taken along. */
export function checkRoom(there: number, more: number): void {
  if (there + more <= SUPPRESSIONS_MAX) return;
  const message = `there are ${several(there)}, and ${SUPPRESSIONS_MAX} are the most there can be`;
  throw new SondeError('bad-request', message, 'suppressions', 'Remove those that have expired or silence nothing.');
}

async function add(
  desk: Desk,
  given: Input<typeof contract.suppressions.add>['suppressions'],
  user: string,
): Promise<{ added: number; same: number }> {
  const now = desk.now();
  const there = await desk.readers.ask('listSuppressions', [now]);
  const known = new Set(there.map(silencingKey));
  const fresh = given
    .filter((each) => known.size < known.add(silencingKey(each)).size)
    .map((each) => ({ ...each, author: each.author ?? user, createdAt: Math.min(each.createdAt ?? now, now) }));
  checkRoom(there.length, fresh.length);
  if (fresh.length > 0) {
    await desk.store.addSuppressions(fresh);
    await desk.refreshSuppressions();
  }
  await desk.audit(user, 'suppress', several(fresh.length), `brought in: ${namesOf(fresh)}`);
  return { added: fresh.length, same: given.length - fresh.length };
}

async function exported(desk: Desk, user: string) {
  const rows = await desk.readers.ask('listSuppressions', [desk.now()]);
  const day = new Date(desk.now()).toISOString().slice(0, 10);
  const held = desk.downloads.place(`sonde-suppressions-${day}.json`);
  // Oldest first, as they are applied.
  writeFileSync(held.path, fileText([...rows].reverse()), { mode: 0o600 });
  await desk.audit(user, 'export', 'suppressions', several(rows.length));
  const { bytes } = desk.downloads.get(held.id);
  return { download: held.id, name: held.name, bytes, suppressions: rows.length };
}

function changes(desk: Desk): Pick<DeskHandlers['suppressions'], 'create' | 'setEnabled' | 'remove' | 'removeAll'> {
  const { readers, store } = desk;
  return {
    create: async ({ scope, reason, expiresAt }, { caller }) => {
      const now = desk.now();
      if (expiresAt !== null && expiresAt <= now) {
        const cure = 'Choose a later time, or none.';
        throw new SondeError('bad-request', 'it would have expired already', 'expiresAt', cure);
      }
      checkRoom((await readers.ask('listSuppressions', [now])).length, 1);
      const id = await store.addSuppression({ scope, reason, author: caller.user, createdAt: now, expiresAt });
      await desk.refreshSuppressions();
      await desk.audit(caller.user, 'suppress', scopeText(scope), `created: ${reason}`);
      return rowOf(desk, id);
    },
    setEnabled: async ({ id, enabled }, { caller }) => {
      const { scope } = await rowOf(desk, id);
      await store.setSuppressionEnabled(id, enabled);
      await desk.refreshSuppressions();
      await desk.audit(caller.user, 'suppress', scopeText(scope), enabled ? 'switched on' : 'switched off');
      return rowOf(desk, id);
    },
    remove: async ({ id }, { caller }) => {
      const { scope } = await rowOf(desk, id);
      await store.removeSuppression(id);
      await desk.refreshSuppressions();
      await desk.audit(caller.user, 'suppress', scopeText(scope), 'removed');
      return {};
    },
    removeAll: async ({ ids }, { caller }) => {
      const going = (await readers.ask('listSuppressions', [desk.now()])).filter(({ id }) => ids.includes(id));
      const removed = await store.removeSuppressions(going.map(({ id }) => id));
      await desk.refreshSuppressions();
      await desk.audit(caller.user, 'suppress', several(removed), `removed: ${namesOf(going)}`);
      return { removed };
    },
  };
}

export function suppressionHandlers(desk: Desk): DeskHandlers['suppressions'] {
  const { readers } = desk;
  return {
    ...changes(desk),
    list: async (_, { signal }) => ({ suppressions: await readers.ask('listSuppressions', [desk.now()], signal) }),
    preview: ({ scope }, { signal }) => readers.ask('previewSuppression', [scope, desk.now()], signal),
    marks: (input, { signal }) => readers.ask('suppressionMarks', [input], signal),
    add: ({ suppressions }, { caller }) => add(desk, suppressions, caller.user),
    export: (_, { caller }) => exported(desk, caller.user),
  };
}

import type { DeskHandlers } from '../../../../src-shared/contract/index.ts';
import type { SuppressionRow } from '../../../../src-shared/contract/topics/suppressions.ts';
import { scopeText } from '../../../../src-shared/domain/suppression.ts';
import { SondeError } from '../../../../src-shared/errors.ts';
import type { Desk } from '../desk.ts';

async function rowOf(desk: Desk, id: number): Promise<SuppressionRow> {
  const row = (await desk.readers.ask('listSuppressions', [desk.now()])).find((s) => s.id === id);
  if (!row) throw new SondeError('not-found', 'this suppression is no longer there', String(id), 'Look at the list.');
  return row;
}

export function suppressionHandlers(desk: Desk): DeskHandlers['suppressions'] {
  const { readers, store } = desk;
  return {
    list: async (_, { signal }) => ({ suppressions: await readers.ask('listSuppressions', [desk.now()], signal) }),
    preview: ({ scope }, { signal }) => readers.ask('previewSuppression', [scope], signal),
    create: async ({ scope, reason, expiresAt }, { caller }) => {
      if (expiresAt !== null && expiresAt <= desk.now()) {
        throw new SondeError(
          'bad-request',
          'it would have expired already',
          'expiresAt',
          'Choose a later time, or none.',
        );
      }
      const id = await store.addSuppression({ scope, reason, author: caller.user, createdAt: desk.now(), expiresAt });
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
  };
}

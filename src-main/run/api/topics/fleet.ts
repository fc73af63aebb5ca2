import type { DeskHandlers } from '../../../../src-shared/contract/index.ts';
import { sentenceOf } from '../../../../src-shared/domain/sentence.ts';
import { SondeError } from '../../../../src-shared/errors.ts';
import { whenCancelled } from '../cancel.ts';
import type { Desk } from '../desk.ts';

/** Characters of the reason in the log. */
const DETAIL_MAX = 1000;

export function fleetHandlers(desk: Desk): DeskHandlers['fleet'] {
  const { fleet } = desk;
  const noted = (user: string, server: string, detail: string): Promise<void> =>
    desk.audit(user, 'settings', server === '' ? 'fleet' : `fleet ${server}`, detail);
  return {
    state: () => fleet.answer(),
    watch: async (_, emit, { signal }) => {
      const end = fleet.listen(emit);
      emit(fleet.answer());
      await whenCancelled(signal);
      end();
    },
    source: () => ({ source: fleet.source() }),
    test: async (draft, { caller }) => {
      const began = performance.now();
      const { ok, words } = await fleet.test(draft).then(
        (said) => ({ ok: true, words: said }),
        (error: unknown) => {
          if (!(error instanceof SondeError)) throw error;
          return { ok: false, words: `${sentenceOf(error)} ${error.cure}` };
        },
      );
      await noted(caller.user, withoutPassword(draft.address), `tested: ${ok ? 'reached' : 'not reached'}`);
      return { ok, words, ms: Math.round(performance.now() - began) };
    },
    connect: async (draft, { caller }) => {
      const source = await fleet.connect(draft).catch(async (error: unknown) => {
        const why = error instanceof SondeError ? error.message : 'failed';
        await noted(caller.user, withoutPassword(draft.address), `not connected: ${why}`.slice(0, DETAIL_MAX));
        throw error;
      });
      const { address, user, group, sensors, allowPrivate } = source;
      const told = [
        `group ${group}`,
        user === '' ? '' : `user ${user}`,
        `${sensors.length} sensor${sensors.length === 1 ? '' : 's'}`,
      ];
      const inside = allowPrivate ? 'private targets allowed' : '';
      desk.changes.tell({ what: 'settings', capture: null });
      await noted(caller.user, address, ['connected', ...told, inside].filter((part) => part !== '').join('; '));
      return source;
    },
    disconnect: async ({ forget }, { caller }) => {
      const address = fleet.source()?.address ?? '';
      await fleet.disconnect(forget);
      desk.changes.tell({ what: 'settings', capture: null });
      await noted(caller.user, address, forget ? 'disconnected and forgotten' : 'disconnected');
      return {};
    },
  };
}

/** What was typed, as it may stand in the log: of what is no address of a server, any part may be a password. */
function withoutPassword(address: string): string {
  const url = URL.parse(address);
  const isServer = url !== null && /^rediss?:$/.test(url.protocol) && url.hostname !== '';
  return isServer ? `${url.protocol}//${url.host}` : '';
}

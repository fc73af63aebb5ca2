import type { DeskHandlers } from '../../../../src-shared/contract/index.ts';
import { checkExport } from '../../../keep/alerts/siem/check.ts';
import { ownName, readExports } from '../../../keep/alerts/siem/kept.ts';
import { testExport } from '../../../keep/alerts/siem/trial.ts';
import { exportShown, removeExport, setExport } from '../alerts/desk-exports.ts';
import type { Desk } from '../desk.ts';

export function siemHandlers(desk: Desk): DeskHandlers['siem'] {
  const { alerts, store } = desk;
  const noted = (user: string, name: string, detail: string): Promise<void> =>
    desk.audit(user, 'settings', `continuous export ${name}`, detail);
  return {
    list: async () => ({ exports: (await readExports(store)).map((each) => exportShown(desk, each)) }),
    set: (change, { caller }) =>
      alerts.inTurn(async () => {
        const asked = await setExport(desk, change);
        const { target, format, flows, enabled } = asked;
        const told = [change.id === undefined ? 'made' : 'changed', enabled ? 'on' : 'off', `${format} to ${target}`];
        await noted(caller.user, change.name, [...told, ...(flows ? ['with flows'] : [])].join('; '));
        return exportShown(desk, asked);
      }),
    remove: ({ id }, { caller }) =>
      alerts.inTurn(async () => {
        await noted(caller.user, await removeExport(desk, id), 'removed');
        return {};
      }),
    test: async (asked, { caller }) => {
      checkExport(asked, asked.target);
      const began = performance.now();
      const { ok, words } = await testExport(
        { ...asked, id: 'test', enabled: true },
        () => desk.now(),
        ownName(alerts.service.sensor),
      );
      await noted(caller.user, asked.target, `tested: ${ok ? 'written' : 'not written'}`);
      return { ok, words, ms: Math.round(performance.now() - began) };
    },
  };
}

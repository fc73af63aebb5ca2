/** Changes one route of the list, which is told to the program as a whole. */
import type { AlertRoute } from '../../../../src-shared/contract/topics/alerts.ts';
import { SondeError } from '../../../../src-shared/errors.ts';
import { useAct } from '../../../lib/desk.tsx';
import { replaced } from './draft.ts';

/** Another may have changed the list meanwhile: it is asked for again, and their work stays. */
export function useChange() {
  const { act, busy, error } = useAct();
  /** `before` null: a new one; `after` null: it is removed. False where it failed; `error` says why. */
  const change = (before: AlertRoute | null, after: AlertRoute | null): Promise<boolean> =>
    act(async (client) => {
      const { routes } = await client.alerts.get({});
      const next = before === null ? [...routes, ...(after ? [after] : [])] : replaced(routes, before, after);
      if (next === null) {
        const cure = 'Look at the list of routes, and change it from there.';
        throw new SondeError('bad-request', 'somebody changed or removed this route meanwhile', '', cure);
      }
      await client.alerts.setRoutes({ routes: next });
    });
  return { change, busy, error };
}

import type { SuppressionScope } from '../../../src-shared/domain/suppression.ts';
import type { SondeError } from '../../../src-shared/errors.ts';
import { useTell } from '../../components/toast.tsx';
import { useAct } from '../../lib/desk.tsx';
import { counted } from '../../lib/numbers.ts';
import { expiryOf } from './lifetimes.ts';

/** Makes a suppression and says what it silenced, with a way back. */
export function useCreate(): {
  create(scope: SuppressionScope, reason: string, days: string): Promise<boolean>;
  busy: boolean;
  error: SondeError | null;
} {
  const { act, busy, error } = useAct();
  const tell = useTell();
  const create = (scope: SuppressionScope, reason: string, days: string): Promise<boolean> =>
    act(async (client) => {
      const made = await client.suppressions.create({ scope, reason, expiresAt: expiryOf(days, Date.now()) });
      const silenced = counted(made.hits, 'incident');
      tell(`${silenced} silenced.`, { label: 'Undo', run: () => void takeBack(made.id, silenced) });
    });
  const takeBack = async (id: number, silenced: string): Promise<void> => {
    if (await act((client) => client.suppressions.remove({ id }))) tell(`Taken back: ${silenced} silenced no longer.`);
  };
  return { create, busy, error };
}

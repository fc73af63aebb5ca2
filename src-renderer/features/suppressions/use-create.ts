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
      const undo = { label: 'Undo', run: () => void act((again) => again.suppressions.remove({ id: made.id })) };
      tell(`${counted(made.hits, 'incident')} silenced.`, undo);
    });
  return { create, busy, error };
}

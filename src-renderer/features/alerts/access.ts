/** Who may look at alerts, and who may change them. The program holds to it in any case. */
import { mayDo } from '../../../src-shared/contract/define.ts';
import { useSession } from '../../lib/desk.tsx';

export const LOOK_NOTE =
  'Your role may look at this and send again what was given up; channels, routes and the rest are changed by administrators.';

/** undefined: not known yet. */
export function useAccess(): 'none' | 'look' | 'change' | undefined {
  const session = useSession();
  if (session === undefined) return undefined;
  if (mayDo(session.role, 'admin')) return 'change';
  return mayDo(session.role, 'analyst') ? 'look' : 'none';
}

/** Properties of a control that changes channels, routes or the policy. */
export function useAdminLock(): { disabled: boolean; title?: string } {
  return useAccess() === 'look' ? { disabled: true, title: LOOK_NOTE } : { disabled: false };
}

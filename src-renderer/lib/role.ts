/** What the one who is signed in may do. The program holds to it in any case; here it is said before one tries. */
import { mayDo } from '../../src-shared/contract/define.ts';
import { useSession } from './desk.tsx';

export const VIEWER_NOTE = 'You are signed in as a viewer, who may look at everything and change nothing.';

export const CASE_NOTE = 'This is a case: everything in it can be looked at, and nothing changed.';

/** Properties of a control that changes something: for viewers it is disabled, with the reason. */
export function useLock(): { disabled: boolean; title?: string } {
  const session = useSession();
  const locked = session !== undefined && !mayDo(session.role, 'analyst');
  return locked ? { disabled: true, title: session.isCase ? CASE_NOTE : VIEWER_NOTE } : { disabled: false };
}

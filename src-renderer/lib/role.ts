/** What the one who is signed in may do. The program holds to it in any case; here it is said before one tries. */
import { mayDo } from '../../src-shared/contract/define.ts';
import { useSession } from './desk.tsx';

export const VIEWER_NOTE = 'You are signed in as a viewer, who may look at everything and change nothing.';

export const PACKETS_NOTE =
  'You are signed in as a viewer. Packets and exports are for analysts and administrators: ask one of them.';

export const CASE_NOTE = 'This is a case: it can be looked at, and nothing in it changed.';

/** Properties of a control that changes something: for viewers it is disabled, with the reason. */
export function useLock(): { disabled: boolean; title?: string } {
  const session = useSession();
  const locked = session !== undefined && !mayDo(session.role, 'analyst');
  return locked ? { disabled: true, title: session.isCase ? CASE_NOTE : VIEWER_NOTE } : { disabled: false };
}

/** Of a control that shows packets or exports, and changes nothing: in a case it goes as far as on the desk. */
export function usePacketLock(): { disabled: boolean; title?: string } {
  const session = useSession();
  return session !== undefined && !session.packets ? { disabled: true, title: PACKETS_NOTE } : { disabled: false };
}

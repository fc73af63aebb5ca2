/** Which opened case this page looks at instead of the desk: each tab for itself, for as long as it is there. */
import { writePlace } from './address-bar.ts';

const KEY = 'sonde-case';

export function caseLookedAt(): string | null {
  return sessionStorage.getItem(KEY);
}

/** Where a look at a case begins: at the incidents of its capture; where it has several, at their list. */
export function caseAddress(captures: readonly { capture: number }[]): string {
  const [first, second] = captures;
  if (!first || second) return '#/open';
  return writePlace({ capture: first.capture, view: 'incidents', rest: [], params: {} });
}

/** Looks at a case, or (null) at the desk again. The page begins anew: what it knew was of the other. */
export function lookAtCase(id: string | null, address = '#/open'): void {
  if (id === null) sessionStorage.removeItem(KEY);
  else sessionStorage.setItem(KEY, id);
  history.replaceState(null, '', `${location.pathname}${address}`);
  location.reload();
}

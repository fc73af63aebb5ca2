/** Which opened case this page looks at instead of the desk: each tab for itself, for as long as it is there. */
const KEY = 'sonde-case';

export function caseLookedAt(): string | null {
  return sessionStorage.getItem(KEY);
}

/** Looks at a case, or (null) at the desk again. The page begins anew: what it knew was of the other. */
export function lookAtCase(id: string | null): void {
  if (id === null) sessionStorage.removeItem(KEY);
  else sessionStorage.setItem(KEY, id);
  history.replaceState(null, '', `${location.pathname}#/open`);
  location.reload();
}

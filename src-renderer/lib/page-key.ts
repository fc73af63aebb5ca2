/**
 * The key of a session, beside its cookie. Cookies go to every port of a host; what a page stores stays with its own
 * port, so nothing else on this machine gets it from the browser.
 */
const PLACE = 'sonde-key';
/** Where a browser stores nothing: good until the page is left. */
let unstored: string | null = null;

export function pageKey(): string | null {
  try {
    return localStorage.getItem(PLACE) ?? unstored;
  } catch {
    return unstored;
  }
}

export function keepPageKey(key: string): void {
  unstored = key;
  try {
    localStorage.setItem(PLACE, key);
  } catch {
    // Reloading the page then asks for the address with its token.
  }
}

export function forgetPageKey(): void {
  unstored = null;
  try {
    localStorage.removeItem(PLACE);
  } catch {
    // Nothing was stored.
  }
}

/** From the token of the first visit, or a name and password, to the session's cookie and the page's key. */
import { SondeError } from '../../src-shared/errors.ts';
import { z } from '../../src-shared/contract/schema.ts';
import { forgetPageKey, keepPageKey } from './page-key.ts';
import { errorEnvelope, errorOfEnvelope } from '../../src-shared/contract/wire.ts';

export type Credentials = { token: string } | { user: string; password: string };

/** The token in the fragment of the address, if there is one. */
export function tokenOf(hash: string): string | null {
  const found = /^#token=([\w.~-]+)/.exec(hash);
  return found?.[1] ?? null;
}

/** The place of the desk that the address leads to, behind its token. */
export function placeAfterToken(hash: string): string {
  return /^#token=[\w.~-]+(\/.*)$/.exec(hash)?.[1] ?? '/';
}

const answer = z.object({ key: z.string() });

/** @throws SondeError what the program says against it */
export async function signIn(credentials: Credentials): Promise<void> {
  const response = await fetch('./session', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(credentials),
    credentials: 'same-origin',
  });
  if (!response.ok) throw await errorOfResponse(response);
  keepPageKey(answer.parse(await response.json()).key);
}

/** @throws SondeError */
export async function signOut(): Promise<void> {
  const response = await fetch('./session', { method: 'DELETE', credentials: 'same-origin' });
  forgetPageKey();
  if (!response.ok) throw await errorOfResponse(response);
}

/** The envelope of a refused request, or a plain word where there is none. */
export async function errorOfResponse(response: Response): Promise<SondeError> {
  const body: unknown = await response.json().catch(() => null);
  const parsed = errorEnvelope.safeParse(body);
  if (parsed.success) return errorOfEnvelope(parsed.data);
  return new SondeError('internal', `the program answered ${response.status}`, '', 'Try again.');
}

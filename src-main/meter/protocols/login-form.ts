/** Fields of forms that log in, as browsers and programs post them: form-encoded, or in JSON. */
import { printable } from './bytes.ts';

/** Accounts of whoever comes: what is sent as their password is no secret. */
export const OPEN_ACCOUNTS: ReadonlySet<string> = new Set(['anonymous', 'ftp', 'guest']);

export const USER_FIELD =
  /(?:^|[&"\s{,;])(?:"?)(?:j_|[a-z]{1,16}(?:\[|%5b))?(?:user(?:name|_?id)?|login|log|email|e-?mail|account|uname|name|benutzer(?:name)?|u)(?:\]|%5d)?"?\s*[=:]\s*"?([^&"]*)/i;

const ACCOUNT_LENGTH = 128;

/** The account that the fields name, '' where none does. */
export function userOf(fields: string): string {
  return decode(USER_FIELD.exec(fields)?.[1] ?? '');
}

/** The same for people: only what is surely the name, for what stands behind it may be the secret. */
export function accountOf(fields: string): string {
  const raw = USER_FIELD.exec(fields)?.[1] ?? '';
  return printable(decode(raw.split(/[\s;,]/, 1)[0] ?? '').slice(0, ACCOUNT_LENGTH));
}

/** Percent-decoding that never throws. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return text;
  }
}

/** Fields of forms that log in, as browsers and programs post them: form-encoded, or in JSON. */
import { printable } from './bytes.ts';

export const PASSWORD_FIELD =
  /(?:^|[&"\s{,;])(?:"?)(?:pass(?:wd|word|wort|phrase)?|pwd|psw|user_?pass|login_?password|mot_?de_?passe)"?\s*[=:]\s*"?([^&"]*)/i;
export const USER_FIELD =
  /(?:^|[&"\s{,;])(?:"?)(?:user(?:name|_?id)?|login|log|email|e-?mail|account|uname|name)"?\s*[=:]\s*"?([^&"]*)/i;

const ACCOUNT_LENGTH = 128;

/** The password that the fields carry, '' where it is empty; null: there is no such field. */
export function passwordOf(fields: string): string | null {
  const found = PASSWORD_FIELD.exec(fields);
  return found ? (found[1] ?? '') : null;
}

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

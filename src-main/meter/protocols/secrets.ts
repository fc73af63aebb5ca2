/** Secrets that stand in addresses of the web: what is kept or shown goes without them. */

const NAMES =
  'pass(?:word|wd|phrase|code)?|passwort|pwd|pw|secret|token|stok|api_?key|auth|credentials?|session(?:id)?|sid|otp|pin';

/** `name=value` of a query or of a path parameter, where the name ends in one that says secret; `%3d` is an equals sign too. */
const PARAMETER = new RegExp(`((?:[?&;/]|%3f|%26|%3b|^)[\\w.%-]{0,40}?(?:${NAMES})(?:=|%3d))[^&;/#\\s]+`, 'gi');

/** `user:password@` before a host. */
const USER_INFO = /(\/\/|^)([^/@\s:]{0,128}):[^/@\s]{1,256}@/g;

/** The text with the values of secrets replaced by "…". Linear in the length of the text. */
export function withoutSecrets(text: string): string {
  const plain = text.includes('@') ? text.replace(USER_INFO, '$1$2:…@') : text;
  return plain.includes('=') || plain.includes('%3') ? plain.replace(PARAMETER, '$1…') : plain;
}

/** What a log may hold: no home folder, no token, no secret, no address of anybody's network. */
import { isIPv6 } from 'node:net';
import { homedir } from 'node:os';
import { pathToFileURL } from 'node:url';

const REMOVED = '[removed]';
const ADDRESS = '[address]';
/** Longest message that is kept, characters. */
const MOST = 20_000;

/** In this order: hardware addresses look like the start of IPv6 ones. */
const RULES: readonly (readonly [RegExp, string])[] = [
  [/\b(authorization|cookie|set-cookie)(["']?\s*[=:]\s*)[^\r\n]+/gi, `$1$2${REMOVED}`],
  [/\bBearer\s+[^\s"',;]+/gi, `Bearer ${REMOVED}`],
  [/\b([\w-]*(?:token|password|passwd|passphrase|secret|key))(["']?\s*[=:]\s*["']?)[^\s"',;}]+/gi, `$1$2${REMOVED}`],
  [/\/\/[^\s/@]+@/g, `//${REMOVED}@`],
  [/\b(?:[0-9a-f]{2}[:-]){5}[0-9a-f]{2}\b/gi, ADDRESS],
];
const IPV4 = /\b(?:\d{1,3}\.){3}\d{1,3}\b/g;
/** What may be IPv6: at least two colons among what addresses are made of. */
const IPV6 = /(?<![\w:.])(?=[0-9a-f]{0,4}:[0-9a-f.]{0,15}:)[0-9a-f:.]{2,45}/gi;

function withoutIpv6(text: string): string {
  return text.replace(IPV6, (found) => {
    const bare = found.replace(/\.+$/, '');
    return isIPv6(bare) ? ADDRESS + found.slice(bare.length) : found;
  });
}

/** As it is, as JSON has it, and as an address. */
function withoutHome(text: string, home: string): string {
  if (home.length < 2) return text;
  const forms = [pathToFileURL(home).pathname, JSON.stringify(home).slice(1, -1), home];
  return forms.reduce((kept, form) => kept.replaceAll(form, '~'), text);
}

export function redact(text: string, home: string = homedir()): string {
  const short = withoutHome(text.slice(0, MOST), home);
  const plain = RULES.reduce((kept, [rule, by]) => kept.replace(rule, by), short);
  return withoutIpv6(plain).replace(IPV4, ADDRESS);
}

/** Of anything that is logged. */
export function redactAny(value: unknown, home: string = homedir()): string {
  if (value instanceof Error) return redact(value.stack ?? value.message, home);
  return redact(typeof value === 'string' ? value : (JSON.stringify(value) ?? String(value)), home);
}

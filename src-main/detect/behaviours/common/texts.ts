/** What the letters of a name or payload give away. */

/** Shannon entropy of the characters of a text, bits a character (0 for an empty one). */
export function entropyOf(text: string): number {
  if (text.length === 0) return 0;
  const counts = new Map<number, number>();
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    counts.set(code, (counts.get(code) ?? 0) + 1);
  }
  let bits = 0;
  for (const count of counts.values()) {
    const share = count / text.length;
    bits -= share * Math.log2(share);
  }
  return bits;
}

/**
 * Public suffixes of two labels that are common enough to matter (a full list changes weekly and is not needed for
 * grouping names: a wrong group only joins or splits evidence).
 */
const SECOND_LEVEL = new Set([
  'co',
  'com',
  'net',
  'org',
  'gov',
  'gob',
  'edu',
  'ac',
  'or',
  'ne',
  'go',
  'mil',
  'nom',
  'sch',
  'ltd',
  'plc',
  'me',
  'gouv',
  'asso',
]);

/** The part of a name that somebody registered: "a.b.example.co.uk" → "example.co.uk". */
export function registeredDomain(name: string): string {
  const last = name.lastIndexOf('.');
  if (last <= 0) return name;
  const second = name.lastIndexOf('.', last - 1);
  if (second < 0) return name;
  if (name.length - last === 3 && SECOND_LEVEL.has(name.slice(second + 1, last))) {
    return name.slice(name.lastIndexOf('.', second - 1) + 1);
  }
  return name.slice(second + 1);
}

/** What stands before the registered domain: "a.b.example.com" → "a.b". */
export function subdomainOf(name: string, registered: string): string {
  return name.length > registered.length ? name.slice(0, name.length - registered.length - 1) : '';
}

const IPV4 = /^\d{1,3}(\.\d{1,3}){3}$/;

/** The host part of an HTTP Host header: without port and brackets. */
export function hostOnly(host: string): string {
  if (host.startsWith('[')) return host.slice(1, host.indexOf(']') < 0 ? undefined : host.indexOf(']'));
  const colon = host.indexOf(':');
  return colon >= 0 && host.indexOf(':', colon + 1) < 0 ? host.slice(0, colon) : host;
}

/** True for an address where a name is expected. */
export function isAddress(host: string): boolean {
  return IPV4.test(host) || (host.includes(':') && /^[0-9a-f:.]+$/i.test(host));
}

const HOST_NAME = /^(?=[^a-z]*[a-z])[a-z0-9.-]{1,253}$/i;

/** The host part of a Host header where it is a host's name, '' where it is an address or any other text. */
export function hostName(host: string): string {
  const name = hostOnly(host);
  return HOST_NAME.test(name) ? name : '';
}

/** An address, and the name that the other end gave it: that is only its own word. */
export function namedByClient(address: string, host: string): string {
  const name = hostName(host);
  return name === '' ? address : `${address}, named "${name}" by the client`;
}

/**
 * How far a text is from everything people write: share of characters that are hex digits or Base64/32 letters while
 * the text has no vowel-consonant rhythm. 0 (ordinary words) … 1 (encoded bytes).
 */
export function looksEncoded(text: string): number {
  if (text.length < 12) return 0;
  const bits = entropyOf(text);
  if (/^[0-9a-f]+$/i.test(text)) return /[0-9]/.test(text) && /[a-f]/i.test(text) && bits > 2.8 ? 1 : 0;
  if (!/^[A-Za-z0-9+/=_%-]+$/.test(text)) return 0;
  const digits = (text.match(/[0-9]/g) ?? []).length / text.length;
  const mixed = /[a-z]/.test(text) && /[A-Z]/.test(text);
  const score = (bits - 3.2) / 1.3 + (digits > 0.08 ? 0.3 : 0) + (mixed ? 0.2 : 0) - wordiness(text);
  return Math.min(1, Math.max(0, score));
}

/** Frequent English letter pairs: words are full of them, encoded bytes are not. */
const PAIRS = new Set(
  'th he in er an re nd on en at ou ed ha to or it is hi es ng st ar te se le me de of ve al ra ri ro ic ne ti co ma io ce li ch ll be us la ur el ta pe tr ca om un ad ss ac ho pl ea ge em id so di ec si am ol im il ns'.split(
    ' ',
  ),
);

/** Share of letter pairs that are among the most frequent of English, 0…1. */
export function wordiness(text: string): number {
  const lower = text.toLowerCase();
  let pairs = 0;
  let known = 0;
  for (let i = 0; i + 1 < lower.length; i++) {
    pairs++;
    if (PAIRS.has(lower.slice(i, i + 2))) known++;
  }
  return pairs === 0 ? 0 : known / pairs;
}

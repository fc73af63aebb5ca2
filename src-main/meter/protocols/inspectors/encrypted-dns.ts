/** Name lookups inside TLS, DTLS and QUIC: recognised by port, by application protocol, and by the resolver's name. */

/** Names that public resolvers publish for DNS over HTTPS; a name below one of them counts too. */
const RESOLVERS = [
  'dns.google',
  'cloudflare-dns.com',
  'one.one.one.one',
  'dns.quad9.net',
  'doh.opendns.com',
  'dns.nextdns.io',
  'dns.adguard.com',
  'dns.adguard-dns.com',
  'doh.cleanbrowsing.org',
  'dns.mullvad.net',
  'doh.mullvad.net',
  'doh.dns.apple.com',
  'dns.controld.com',
  'dns.alidns.com',
  'doh.pub',
  'dns0.eu',
  'doh.xfinity.com',
  'dns.digitale-gesellschaft.ch',
];

/** Names recur: the answers to those asked about lately are kept. */
const answers = new Map<string, boolean>();
const ANSWERS_MAX = 8192;

function lookUp(name: string): boolean {
  for (const resolver of RESOLVERS) {
    if (!name.endsWith(resolver)) continue;
    if (name.length === resolver.length || name.charCodeAt(name.length - resolver.length - 1) === 0x2e) return true;
  }
  return false;
}

function isResolver(name: string): boolean {
  let answer = answers.get(name);
  if (answer !== undefined) return answer;
  answer = lookUp(name);
  if (answers.size >= ANSWERS_MAX) answers.clear();
  answers.set(name, answer);
  return answer;
}

/** 'DoT' (RFC 7858), 'DoQ' (RFC 9250) or 'DoH' (RFC 8484); '' where nothing says so. */
export function encryptedDns(port: number, sni: string, alpn: readonly string[]): string {
  if (alpn.length > 0 && alpn.includes('doq')) return 'DoQ';
  if (port === 853 || (alpn.length > 0 && alpn.includes('dot'))) return 'DoT';
  return sni !== '' && isResolver(sni) ? 'DoH' : '';
}

/** Name lookups inside TLS, DTLS and QUIC: recognised by port, by application protocol, and by the resolver's name. */

/** Names that public resolvers publish for DNS over HTTPS; a name below one of them counts too. */
const RESOLVERS = [
  'dns.google',
  'dns.google.com',
  '8888.google',
  'cloudflare-dns.com',
  'cloudflare-gateway.com',
  'one.one.one.one',
  'dns.quad9.net',
  'dns9.quad9.net',
  'dns10.quad9.net',
  'dns11.quad9.net',
  'dns12.quad9.net',
  'doh.opendns.com',
  'doh.familyshield.opendns.com',
  'doh.sandbox.opendns.com',
  'doh.umbrella.com',
  'dns.umbrella.com',
  'dns.nextdns.io',
  'doh.nextdns.io',
  'adguard-dns.com',
  'dns.adguard.com',
  'dns-family.adguard.com',
  'dns-unfiltered.adguard.com',
  'doh.cleanbrowsing.org',
  'dns.mullvad.net',
  'doh.mullvad.net',
  'doh.dns.apple.com',
  'dns.controld.com',
  'freedns.controld.com',
  'dns.alidns.com',
  'doh.pub',
  'dns.pub',
  'doh.360.cn',
  'dns0.eu',
  'joindns4.eu',
  'doh.xfinity.com',
  'dns.digitale-gesellschaft.ch',
  'dns.switch.ch',
  'odvr.nic.cz',
  'doh.applied-privacy.net',
  'doh.ffmuc.net',
  'dns.njal.la',
  'doh.libredns.gr',
  'dns.sb',
  'doh.sb',
  'dns.twnic.tw',
  'public.dns.iij.jp',
  'doh.tiar.app',
  'jp.tiarap.org',
  'dns.dnsoverhttps.net',
  'doh.crypto.sx',
  'doh.powerdns.org',
  'dns.aa.net.uk',
  'dns.hostux.net',
  'wikimedia-dns.org',
  'canadianshield.cira.ca',
  'ordns.he.net',
  'rethinkdns.com',
  'pi-dns.com',
  'dnsforge.de',
  'dns.digitalsize.net',
  'doh.seby.io',
  'ahadns.net',
  'ahadns.com',
  'dns.comss.one',
  'dns.telekom.de',
  'dns.decloudus.com',
];

/** Addresses that public resolvers publish: a client that names no host there asks for names, in all likelihood. */
const ADDRESSES = new Set([
  '1.1.1.1',
  '1.0.0.1',
  '1.1.1.2',
  '1.0.0.2',
  '1.1.1.3',
  '1.0.0.3',
  '8.8.8.8',
  '8.8.4.4',
  '9.9.9.9',
  '149.112.112.112',
  '9.9.9.10',
  '9.9.9.11',
  '208.67.222.222',
  '208.67.220.220',
  '94.140.14.14',
  '94.140.15.15',
  '223.5.5.5',
  '223.6.6.6',
  '2606:4700:4700::1111',
  '2606:4700:4700::1001',
  '2001:4860:4860::8888',
  '2001:4860:4860::8844',
  '2620:fe::fe',
  '2620:fe::9',
]);

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

/**
 * 'DoT' (RFC 7858), 'DoQ' (RFC 9250) or 'DoH' (RFC 8484); '' where nothing says so. `address`: of the server, '' where it
 * is not asked for because a name was said.
 */
export function encryptedDns(port: number, sni: string, alpn: readonly string[], address = ''): string {
  if (alpn.length > 0 && alpn.includes('doq')) return 'DoQ';
  if (port === 853 || (alpn.length > 0 && alpn.includes('dot'))) return 'DoT';
  if (sni === '') return port === 443 && ADDRESSES.has(address) ? 'DoH' : '';
  return isResolver(sni) ? 'DoH' : '';
}

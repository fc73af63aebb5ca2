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

/** 'DoT' (RFC 7858), 'DoQ' (RFC 9250) or 'DoH' (RFC 8484); '' where nothing says so. */
export function encryptedDns(port: number, sni: string, alpn: readonly string[]): string {
  if (alpn.includes('doq')) return 'DoQ';
  if (alpn.includes('dot') || port === 853) return 'DoT';
  for (const name of RESOLVERS) {
    if (sni.endsWith(name) && (sni.length === name.length || sni.charCodeAt(sni.length - name.length - 1) === 0x2e))
      return 'DoH';
  }
  return '';
}

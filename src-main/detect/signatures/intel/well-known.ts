/**
 * Services so many turn to that a list which names them says little of who did: public resolvers (as their operators
 * publish them) and names under which anybody can put anything. An entry for one is doubtful.
 */

const RESOLVERS: readonly [operator: string, addresses: readonly string[]][] = [
  ['Google', ['8.8.8.8', '8.8.4.4', '2001:4860:4860::8888', '2001:4860:4860::8844']],
  [
    'Cloudflare',
    [
      '1.1.1.1',
      '1.0.0.1',
      '1.1.1.2',
      '1.0.0.2',
      '1.1.1.3',
      '1.0.0.3',
      '2606:4700:4700::1111',
      '2606:4700:4700::1001',
      '2606:4700:4700::1112',
      '2606:4700:4700::1002',
      '2606:4700:4700::1113',
      '2606:4700:4700::1003',
    ],
  ],
  [
    'Quad9',
    [
      '9.9.9.9',
      '149.112.112.112',
      '9.9.9.10',
      '9.9.9.11',
      '149.112.112.10',
      '149.112.112.11',
      '2620:fe::fe',
      '2620:fe::9',
    ],
  ],
  [
    'OpenDNS',
    ['208.67.222.222', '208.67.220.220', '208.67.222.123', '208.67.220.123', '2620:119:35::35', '2620:119:53::53'],
  ],
  [
    'AdGuard',
    ['94.140.14.14', '94.140.15.15', '94.140.14.15', '94.140.15.16', '2a10:50c0::ad1:ff', '2a10:50c0::ad2:ff'],
  ],
  ['CleanBrowsing', ['185.228.168.9', '185.228.169.9', '185.228.168.168', '185.228.169.168']],
  ['Control D', ['76.76.2.0', '76.76.10.0']],
  ['Hurricane Electric', ['74.82.42.42', '2001:470:20::2']],
  ['NextDNS', ['45.90.28.0', '45.90.30.0']],
  ['Level 3', ['4.2.2.1', '4.2.2.2', '4.2.2.3', '4.2.2.4', '4.2.2.5', '4.2.2.6']],
  ['Verisign', ['64.6.64.6', '64.6.65.6']],
  ['Yandex', ['77.88.8.8', '77.88.8.1', '77.88.8.88', '77.88.8.2']],
  ['AliDNS', ['223.5.5.5', '223.6.6.6']],
  ['DNSPod', ['119.29.29.29']],
  ['114DNS', ['114.114.114.114', '114.114.115.115']],
  ['DNS.SB', ['185.222.222.222', '45.11.45.11']],
];

const SHARED_NAMES: ReadonlySet<string> = new Set([
  // Resolvers by name.
  'cloudflare-dns.com',
  'dns.adguard-dns.com',
  'dns.google',
  'dns.nextdns.io',
  'dns.quad9.net',
  'doh.opendns.com',
  'mozilla.cloudflare-dns.com',
  'one.one.one.one',
  'akamaihd.net',
  'akamaized.net',
  'amazon.com',
  'amazonaws.com',
  'api.telegram.org',
  'apple.com',
  'azureedge.net',
  'azurewebsites.net',
  'bing.com',
  'bit.ly',
  'blogspot.com',
  'cdn.discordapp.com',
  'cloudflare.com',
  'cloudfront.net',
  'discord.com',
  'docs.google.com',
  'drive.google.com',
  'dropbox.com',
  'facebook.com',
  'fastly.net',
  'firebaseio.com',
  'github.com',
  'github.io',
  'gitlab.com',
  'google.com',
  'googleapis.com',
  'googleusercontent.com',
  'icloud.com',
  'instagram.com',
  'linkedin.com',
  'live.com',
  'mediafire.com',
  'mega.nz',
  'microsoft.com',
  'office.com',
  'office365.com',
  'onedrive.live.com',
  'outlook.com',
  'pages.dev',
  'pastebin.com',
  'paypal.com',
  'raw.githubusercontent.com',
  'sharepoint.com',
  'slack.com',
  't.me',
  'telegram.org',
  'trycloudflare.com',
  'twitter.com',
  'whatsapp.com',
  'wikipedia.org',
  'windows.com',
  'windows.net',
  'windowsupdate.com',
  'wordpress.com',
  'workers.dev',
  'x.com',
  'yahoo.com',
  'youtube.com',
  'zoom.us',
]);

const OPERATORS: ReadonlyMap<string, string> = new Map(
  RESOLVERS.flatMap(([operator, addresses]) => addresses.map((address) => [address, operator] as const)),
);

/** Why an entry for this address is doubtful; '' where nothing is known. */
export function doubtOfAddress(address: string): string {
  const operator = OPERATORS.get(address);
  return operator === undefined ? '' : `${address} is a public resolver (${operator}) that very many use`;
}

/** The same for the name of an entry, with or without `www.`: names below a shared one are told apart. */
export function doubtOfName(name: string): string {
  return SHARED_NAMES.has(name.replace(/^www\./, '')) ? `${name} is a service that very many use` : '';
}

/** All of them: addresses as text, then names. */
export function* wellKnown(): Generator<{ kind: 'address' | 'name'; text: string }> {
  for (const text of OPERATORS.keys()) yield { kind: 'address', text };
  for (const text of SHARED_NAMES) yield { kind: 'name', text };
}

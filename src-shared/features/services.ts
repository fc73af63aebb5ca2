/** Application services in a few classes, so that a model learns "a mail flow", never a port or a host. */

export const SERVICE_CLASSES = [
  'none',
  'dns',
  'web',
  'tls',
  'quic',
  'mail',
  'file',
  'remote',
  'directory',
  'time',
  'address',
  'management',
  'voice',
  'messaging',
  'database',
  'industrial',
  'other',
] as const;
export type ServiceClass = (typeof SERVICE_CLASSES)[number];

/** Names as Zeek writes them in `service`, by class. */
const MEMBERS: Readonly<Record<Exclude<ServiceClass, 'none' | 'other'>, readonly string[]>> = {
  dns: ['dns', 'mdns', 'llmnr', 'nbns'],
  web: ['http', 'http2', 'websocket'],
  tls: ['ssl', 'tls', 'dtls'],
  quic: ['quic'],
  mail: ['smtp', 'imap', 'pop3'],
  file: ['ftp', 'ftp-data', 'smb', 'nfs', 'tftp', 'mount', 'rsync', 'bittorrent', 'bt-tracker', 'syncthing'],
  remote: [
    'ssh',
    'telnet',
    'rdp',
    'rdpeudp',
    'rfb',
    'vnc',
    'rlogin',
    'x11',
    'spicy_wireguard',
    'openvpn',
    'wireguard',
    'ipsec',
  ],
  directory: [
    'ldap',
    'ldap_tcp',
    'ldap_udp',
    'krb',
    'krb_tcp',
    'kerberos',
    'dce_rpc',
    'gssapi',
    'ntlm',
    'radius',
    'portmapper',
  ],
  time: ['ntp', 'ptp'],
  address: ['dhcp', 'dhcpv6'],
  management: ['snmp', 'syslog', 'ssdp', 'upnp', 'ipmi', 'netbios', 'netflow', 'teredo'],
  voice: ['sip', 'rtp', 'rtcp', 'stun'],
  messaging: ['irc', 'xmpp', 'mqtt', 'stomp', 'amqp'],
  database: ['mysql', 'postgresql', 'redis', 'mongodb', 'memcached', 'tds', 'cassandra'],
  industrial: ['modbus', 'dnp3', 'dnp3_tcp', 'dnp3_udp', 'bacnet', 's7comm', 'enip', 'iec104', 'coap', 'opcua'],
};

const BY_NAME: ReadonlyMap<string, number> = new Map(
  Object.entries(MEMBERS).flatMap(([name, members]) =>
    members.map((member): [string, number] => [member, SERVICE_CLASSES.indexOf(name as ServiceClass)]),
  ),
);

const OTHER = SERVICE_CLASSES.indexOf('other');
const TLS = SERVICE_CLASSES.indexOf('tls');

/** Answers given before: a capture has a few dozen services. */
const KNOWN = new Map<string, number>();
const MOST_KNOWN = 4096;

/**
 * Index into `SERVICE_CLASSES` of a `service` value ('' or names joined by comma). Of several names the first that is
 * neither unknown nor TLS decides: what runs inside TLS says more than TLS does.
 */
export function serviceClass(service: string): number {
  if (service === '') return 0;
  let known = KNOWN.get(service);
  if (known === undefined) {
    known = classify(service);
    if (KNOWN.size < MOST_KNOWN) KNOWN.set(service, known);
  }
  return known;
}

function classify(service: string): number {
  let best = OTHER;
  for (const name of service.split(',', 8)) {
    const found = BY_NAME.get(name);
    if (found === undefined) continue;
    if (found !== TLS) return found;
    best = TLS;
  }
  return best;
}

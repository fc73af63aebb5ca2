/** The fields of the filter language: Zeek's names (conn.log), and a few of our own. */

export type FieldType = 'number' | 'bytes' | 'seconds' | 'time' | 'text' | 'word' | 'address' | 'flag';

export interface Field {
  name: string;
  type: FieldType;
  help: string;
  /** Of type `word`: what it may be. */
  words?: readonly string[];
  /** May be unset. */
  optional?: boolean;
}

/** Zeek's `proto`, and the names of other IP protocols. */
export const PROTO_WORDS: ReadonlyMap<string, readonly number[]> = new Map([
  ['tcp', [6]],
  ['udp', [17]],
  ['icmp', [1, 58]],
  ['icmp6', [58]],
  ['sctp', [132]],
  ['igmp', [2]],
  ['gre', [47]],
  ['esp', [50]],
  ['ah', [51]],
  ['ospf', [89]],
  ['pim', [103]],
  ['ipip', [4]],
]);

export const STATE_WORDS = [
  'OTH',
  'S0',
  'S1',
  'SF',
  'REJ',
  'S2',
  'S3',
  'RSTO',
  'RSTR',
  'RSTOS0',
  'RSTRH',
  'SH',
  'SHR',
] as const;
export const TUNNEL_WORDS = ['none', 'ip', 'gre', 'erspan', 'vxlan', 'geneve', 'gtpu', 'teredo', 'ayiya'] as const;

export const FIELDS: readonly Field[] = [
  { name: 'ts', type: 'time', help: 'when the flow began: 2024-01-01T10:00:00Z, or seconds since 1970' },
  { name: 'uid', type: 'text', help: 'unique id of the flow' },
  { name: 'community_id', type: 'text', help: 'Community ID' },
  { name: 'id.orig_h', type: 'address', help: 'address of the originator' },
  { name: 'id.orig_p', type: 'number', help: 'port of the originator' },
  { name: 'id.resp_h', type: 'address', help: 'address of the responder' },
  { name: 'id.resp_p', type: 'number', help: 'port of the responder' },
  { name: 'host', type: 'address', help: 'address of either end' },
  { name: 'port', type: 'number', help: 'port of either end' },
  { name: 'proto', type: 'word', help: 'transport protocol', words: [...PROTO_WORDS.keys()] },
  { name: 'service', type: 'text', help: 'application protocol, as Zeek names it' },
  { name: 'app', type: 'text', help: 'application protocol, as nDPI names it' },
  { name: 'duration', type: 'seconds', help: 'from the first packet to the last: 1.5, 200ms, 5min' },
  { name: 'orig_bytes', type: 'bytes', help: 'payload bytes from the originator', optional: true },
  { name: 'resp_bytes', type: 'bytes', help: 'payload bytes from the responder', optional: true },
  { name: 'bytes', type: 'bytes', help: 'IP bytes in both directions' },
  { name: 'conn_state', type: 'word', help: 'how it began and ended', words: STATE_WORDS },
  { name: 'missed_bytes', type: 'bytes', help: 'bytes missing in the capture' },
  { name: 'history', type: 'text', help: 'what happened, a letter each' },
  { name: 'orig_pkts', type: 'number', help: 'packets from the originator' },
  { name: 'orig_ip_bytes', type: 'bytes', help: 'IP bytes from the originator' },
  { name: 'resp_pkts', type: 'number', help: 'packets from the responder' },
  { name: 'resp_ip_bytes', type: 'bytes', help: 'IP bytes from the responder' },
  { name: 'vlan', type: 'number', help: 'outer VLAN id (0: none)' },
  { name: 'tunnel', type: 'word', help: 'what carried it', words: TUNNEL_WORDS },
  { name: 'score', type: 'number', help: 'how unusual, 0 to 1', optional: true },
  { name: 'anomalous', type: 'flag', help: 'beyond the threshold' },
  { name: 'incident', type: 'text', help: 'uid of an incident it belongs to' },
  { name: 'name', type: 'text', help: 'a name in it: asked for in DNS, or of the server in TLS, QUIC or HTTP' },
  { name: 'facts', type: 'text', help: 'all that was learned of it, names and values' },
  { name: 'process', type: 'text', help: 'program of this machine whose flow it is (live, where it is asked for)' },
  { name: 'process.pid', type: 'number', help: 'number of that program', optional: true },
  { name: 'tls.sni', type: 'text', help: 'name of the server, as asked for in TLS or QUIC' },
  { name: 'tls.ja3', type: 'text', help: 'JA3 of the TLS client' },
  { name: 'tls.ja4', type: 'text', help: 'JA4 of the TLS client' },
  { name: 'tls.version', type: 'text', help: 'version of TLS' },
  { name: 'dns.query', type: 'text', help: 'name that was asked for' },
  { name: 'dns.rcode', type: 'text', help: 'answer code of DNS' },
  { name: 'http.host', type: 'text', help: 'Host of the HTTP request' },
  { name: 'http.uri', type: 'text', help: 'path of the HTTP request' },
  { name: 'http.agent', type: 'text', help: 'User-Agent of HTTP' },
  { name: 'http.method', type: 'text', help: 'method of HTTP' },
  { name: 'http.status', type: 'text', help: 'status of the HTTP answer' },
  { name: 'ssh.auth', type: 'text', help: 'how signing in by SSH went' },
  { name: 'ftp.user', type: 'text', help: 'user of FTP' },
  { name: 'smb.dialect', type: 'text', help: 'dialect of SMB' },
  { name: 'kerberos.client', type: 'text', help: 'who asked for a Kerberos ticket' },
  { name: 'dhcp.hostname', type: 'text', help: 'name that a DHCP client gave itself' },
];

/** Fields whose value is a fact of the same name (meter/protocols), the first of a flow; empty where there is none. */
export const FACT_FIELDS: readonly string[] = FIELDS.flatMap(({ name, type }) =>
  type === 'text' && name.includes('.') ? [name] : [],
);

/** Facts that `name` looks through. */
export const NAME_FACTS = ['dns.query', 'tls.sni', 'http.host'] as const;

const BY_NAME: ReadonlyMap<string, Field> = new Map(FIELDS.map((field) => [field.name, field]));

export function fieldNamed(name: string): Field | undefined {
  return BY_NAME.get(name);
}

const KILO = 1000;
const KIBI = 1024;

/** Multipliers by unit, lower case. */
const BYTES: ReadonlyMap<string, number> = new Map([
  ['', 1], ['b', 1], ['k', KILO], ['kb', KILO], ['m', KILO ** 2], ['mb', KILO ** 2], ['g', KILO ** 3], ['gb', KILO ** 3],
  ['tb', KILO ** 4], ['kib', KIBI], ['mib', KIBI ** 2], ['gib', KIBI ** 3], ['tib', KIBI ** 4],
]); // prettier-ignore
const SECONDS: ReadonlyMap<string, number> = new Map([
  ['', 1], ['us', 1e-6], ['µs', 1e-6], ['ms', 1e-3], ['s', 1], ['sec', 1], ['m', 60], ['min', 60], ['h', 3600], ['d', 86_400],
]); // prettier-ignore
const PLAIN: ReadonlyMap<string, number> = new Map([
  ['', 1],
  ['%', 0.01],
  ['k', KILO],
  ['m', KILO ** 2],
]);

export function unitsOf(type: FieldType): ReadonlyMap<string, number> {
  return type === 'bytes' ? BYTES : type === 'seconds' ? SECONDS : PLAIN;
}

/**
 * The logs that rules may be about, as Zeek calls them, with the fields of each (docs.zeek.org, "Log files") and the names by
 * which rules of general log sources know them (Sigma's taxonomy). Adding a log: an entry here, and what makes its
 * lines in `records/`.
 */
import type { Cell } from './event.ts';

export type KindId =
  | 'conn'
  | 'dns'
  | 'http'
  | 'ssl'
  | 'x509'
  | 'files'
  | 'ssh'
  | 'rdp'
  | 'ftp'
  | 'kerberos'
  | 'ntlm'
  | 'smb_files'
  | 'smb_mapping'
  | 'dce_rpc';

/** Every event has them first, in this order. */
export const COMMON = ['ts', 'id.orig_h', 'id.orig_p', 'id.resp_h', 'id.resp_p', 'proto'] as const;
export type CommonCells = readonly [
  ts: number,
  origHost: string,
  origPort: number | undefined,
  respHost: string,
  respPort: number,
  proto: string | undefined,
];
export const ORIG_PORT = 2;
export const PROTO_FIELD = 5;

const COMMON_ALIASES = {
  src_ip: 'id.orig_h',
  src: 'id.orig_h',
  SourceIp: 'id.orig_h',
  'c-ip': 'id.orig_h',
  'source.ip': 'id.orig_h',
  src_port: 'id.orig_p',
  SourcePort: 'id.orig_p',
  'source.port': 'id.orig_p',
  dst_ip: 'id.resp_h',
  dst: 'id.resp_h',
  DestinationIp: 'id.resp_h',
  'destination.ip': 'id.resp_h',
  dst_port: 'id.resp_p',
  DestinationPort: 'id.resp_p',
  'destination.port': 'id.resp_p',
  protocol: 'proto',
} as const;

export interface LogKind {
  readonly id: KindId;
  readonly fields: readonly string[];
  /** Field by name, in any case; `undefined` where the log has none of that name. */
  field(name: string): number | undefined;
}

/** A log whose lines are made from values by name. */
export class Log<F extends string> implements LogKind {
  readonly id: KindId;
  readonly fields: readonly string[];
  private readonly own: readonly F[];
  private readonly names: ReadonlyMap<string, number>;

  constructor(id: KindId, own: readonly F[], aliases: Readonly<Record<string, F | (typeof COMMON)[number]>> = {}) {
    this.id = id;
    this.own = own;
    this.fields = [...COMMON, ...own];
    const at = (name: string): number => this.fields.indexOf(name);
    this.names = new Map([
      ...Object.entries(COMMON_ALIASES).map(([alias, name]) => [alias.toLowerCase(), at(name)] as const),
      ...Object.entries(aliases).map(([alias, name]) => [alias.toLowerCase(), at(name)] as const),
      ...this.fields.map((name, i) => [name.toLowerCase(), i] as const),
    ]);
  }

  field(name: string): number | undefined {
    return this.names.get(name.toLowerCase());
  }

  cells(common: CommonCells, values: Readonly<Record<F, Cell>>): Cell[] {
    return [...common, ...this.own.map((name) => values[name])];
  }
}

export const CONN = new Log(
  'conn',
  [
    ...(['service', 'duration', 'orig_bytes', 'resp_bytes', 'conn_state', 'local_orig', 'local_resp'] as const),
    ...(['missed_bytes', 'history', 'orig_pkts', 'orig_ip_bytes', 'resp_pkts', 'resp_ip_bytes'] as const),
    ...(['ip_proto', 'vlan'] as const),
  ],
  { bytes_out: 'orig_bytes', bytes_in: 'resp_bytes' },
);

export const DNS = new Log(
  'dns',
  ['trans_id', 'query', 'qtype', 'qtype_name', 'rcode', 'rcode_name', 'AA', 'answers', 'rejected', 'rtt'],
  { QueryName: 'query', record_type: 'qtype_name', answer: 'answers', QueryResults: 'answers', QueryStatus: 'rcode' },
);

export const HTTP = new Log(
  'http',
  [
    ...(['method', 'host', 'uri', 'user_agent', 'request_body_len', 'response_body_len', 'status_code'] as const),
    ...(['orig_mime_types', 'resp_mime_types', 'url', 'uri_path', 'uri_query', 'uri_extension'] as const),
  ],
  {
    'cs-method': 'method',
    'cs-host': 'host',
    'r-dns': 'host',
    'c-uri': 'url',
    'cs-uri': 'url',
    'c-uri-stem': 'uri_path',
    'cs-uri-stem': 'uri_path',
    'c-uri-path': 'uri_path',
    'c-uri-query': 'uri_query',
    'cs-uri-query': 'uri_query',
    'c-uri-extension': 'uri_extension',
    'c-useragent': 'user_agent',
    'cs-user-agent': 'user_agent',
    'sc-status': 'status_code',
    'cs-bytes': 'request_body_len',
    'sc-bytes': 'response_body_len',
  },
);

export const SSL = new Log('ssl', [
  ...(['version', 'server_name', 'next_protocol', 'established', 'subject', 'issuer', 'ja3', 'ja4'] as const),
]);

export const X509 = new Log('x509', ['certificate.subject', 'certificate.issuer', 'certificate.serial', 'san.dns'], {
  subject: 'certificate.subject',
  issuer: 'certificate.issuer',
  serial: 'certificate.serial',
});

export const FILES = new Log('files', ['source', 'mime_type', 'total_bytes', 'tx_hosts', 'rx_hosts']);

export const SSH = new Log('ssh', ['version', 'auth_success', 'auth_attempts', 'client', 'server']);

export const RDP = new Log('rdp', ['cookie', 'security_protocol', 'client_name', 'client_build']);

export const FTP = new Log('ftp', ['user', 'command', 'arg', 'reply_code']);

export const KERBEROS = new Log('kerberos', [
  ...(['request_type', 'client', 'service', 'success', 'error_code', 'error_msg', 'cipher'] as const),
]);

export const NTLM = new Log('ntlm', [
  ...(['username', 'hostname', 'domainname', 'server_nb_computer_name', 'server_dns_computer_name'] as const),
  ...(['success'] as const),
]);

export const SMB_FILES = new Log('smb_files', ['action', 'path', 'name'], { filename: 'name' });

export const SMB_MAPPING = new Log('smb_mapping', ['path', 'share_type']);

export const DCE_RPC = new Log('dce_rpc', ['endpoint', 'operation', 'named_pipe']);

export const LOGS: readonly LogKind[] = [
  ...[CONN, DNS, HTTP, SSL, X509, FILES, SSH],
  ...[RDP, FTP, KERBEROS, NTLM, SMB_FILES, SMB_MAPPING, DCE_RPC],
];

/** Names of the buffers and numbers that application protocols give, and words for values of numbers. */
import { PROTOCOLS } from '../../app/registry.ts';

/** Protocols that parsers know. */
const KNOWN: ReadonlySet<string> = new Set(PROTOCOLS.map(({ name }) => name));

/** Of a protocol that no parser knows, nothing is there. */
function of<T>(protocol: string, names: readonly T[]): readonly T[] {
  return KNOWN.has(protocol) ? names : [];
}

const HTTP = [
  ...['method', 'uri', 'uri.raw', 'protocol', 'request_line', 'response_line', 'header', 'header.raw'],
  ...['header_names', 'host', 'host.raw', 'user_agent', 'cookie', 'referer', 'accept', 'accept_enc', 'accept_lang'],
  ...['connection', 'content_type', 'content_len', 'server', 'location', 'start', 'stat_code', 'stat_msg'],
  ...['request_body', 'response_body', 'request_header', 'response_header'],
].map((name) => `http.${name}`);

const TLS = [
  ...['tls.sni', 'tls.cert_subject', 'tls.cert_issuer', 'tls.cert_serial', 'tls.cert_fingerprint', 'tls.certs'],
  ...['tls.alpn', 'tls.subjectaltname', 'tls.random', 'tls.random_time', 'tls.random_bytes'],
  ...['ja3.hash', 'ja3.string', 'ja3s.hash', 'ja3s.string', 'ja4.hash'],
];

const SDP = [
  ...['origin', 'session_name', 'session_info', 'uri', 'email', 'phone_number', 'connection_data', 'bandwidth', 'time'],
  ...['repeat_time', 'timezone', 'encryption_key', 'attribute'],
  ...['media.media', 'media.media_info', 'media.connection_data', 'media.encryption_key'],
].map((name) => `sdp.${name}`);

const LDAP_TYPES = ['ldap.request.attribute_type', 'ldap.responses.attribute_type'];

function records(protocol: string): string[] {
  const kinds = ['queries', 'answers', 'authorities', 'additionals'];
  const older = ['query.name', 'answer.name', 'response.rrname'];
  return [...kinds.map((kind) => `${protocol}.${kind}.rrname`), ...older.map((name) => `${protocol}.${name}`)];
}

/** Sticky buffers. */
export const BUFFERS: readonly string[] = [
  'file.name',
  ...of('http1', HTTP),
  ...of('tls', TLS),
  ...of('dns', ['dns.query', ...records('dns')]),
  ...of('llmnr', records('llmnr')),
  ...of('mdns', records('mdns')),
  ...of('ssh', [
    'ssh.proto',
    'ssh.software',
    'ssh.hassh',
    'ssh.hassh.string',
    'ssh.hassh.server',
    'ssh.hassh.server.string',
  ]),
  ...of('smb', ['smb.named_pipe', 'smb.share', 'smb.ntlmssp_user', 'smb.ntlmssp_domain']),
  ...of('dcerpc', ['dcerpc.stub_data']),
  ...of('smtp', ['smtp.helo', 'smtp.mail_from', 'smtp.rcpt_to']),
  ...of(
    'smtp',
    ['from', 'to', 'cc', 'subject', 'date', 'message_id', 'x_mailer', 'received', 'url', 'body_md5'].map(
      (name) => `email.${name}`,
    ),
  ),
  ...of('ftp', ['ftp.command', 'ftp.command_data', 'ftp.reply', 'ftp.completion_code']),
  ...of(
    'sip',
    [
      'method',
      'uri',
      'request_line',
      'response_line',
      'stat_code',
      'stat_msg',
      'protocol',
      'from',
      'to',
      'via',
      'user_agent',
      'content_type',
      'content_length',
    ].map((name) => `sip.${name}`),
  ),
  ...of('sip', SDP),
  ...of('krb5', ['krb5.cname', 'krb5.sname']),
  ...of('snmp', ['snmp.community', 'snmp.usm']),
  ...of('quic', ['quic.sni', 'quic.ua', 'quic.version', 'quic.cyu.hash', 'quic.cyu.string']),
  ...of(
    'mqtt',
    [
      'connect.clientid',
      'connect.username',
      'connect.password',
      'connect.willtopic',
      'connect.willmessage',
      'connect.protocol_string',
      'publish.topic',
      'publish.message',
      'subscribe.topic',
      'unsubscribe.topic',
    ].map((name) => `mqtt.${name}`),
  ),
  ...of('enip', ['enip.product_name', 'enip.service_name']),
  ...of('websocket', ['websocket.payload']),
  ...of('ike', ['ike.init_spi', 'ike.resp_spi', 'ike.nonce_payload', 'ike.key_exchange_payload', 'ike.vendor']),
  ...of('ldap', ['ldap.request.dn', 'ldap.responses.dn', 'ldap.responses.message', ...LDAP_TYPES]),
  ...of('http2', ['http2.header_name']),
  ...of('rfb', ['rfb.name']),
  ...of('pgsql', ['pgsql.query']),
  ...of('ntp', ['ntp.reference_id']),
];

/** Of which a transaction may have several: each mention in a rule may mean another. */
export const SEVERAL: ReadonlySet<string> = new Set([
  ...['http.request_header', 'http.response_header', 'tls.certs', 'tls.alpn', 'tls.subjectaltname'],
  ...['dns.query', 'dns.queries.rrname', 'dns.answers.rrname', 'dns.authorities.rrname', 'dns.additionals.rrname'],
  ...[
    'dns.response.rrname',
    'dns.query.name',
    'dns.answer.name',
    'email.received',
    'email.url',
    'sip.from',
    'sip.to',
    'sip.via',
    'sip.user_agent',
  ],
  ...['sip.content_type', 'sip.content_length', 'sdp.attribute', 'sdp.bandwidth', 'sdp.time', 'sdp.repeat_time'],
  ...['krb5.cname', 'krb5.sname', 'quic.cyu.hash', 'quic.cyu.string', 'mqtt.subscribe.topic', 'mqtt.unsubscribe.topic'],
  ...LDAP_TYPES,
  ...['ldap.responses.dn', 'ldap.responses.message', 'ftp.reply', 'smtp.rcpt_to', 'ike.vendor', 'sdp.media.media'],
]);

/** Keyword of a comparison, and the name of what is compared. */
export const NUMBERS: ReadonlyMap<string, string> = new Map<string, string>([
  ...of('http1', [pair('urilen'), pair('filesize')]),
  ...of('dns', [pair('dns.opcode'), pair('dns.rcode'), pair('dns.rrtype')]),
  ...of('dcerpc', [pair('dcerpc.opnum'), pair('dce_opnum', 'dcerpc.opnum')]),
  ...of('krb5', [pair('krb5_msg_type'), pair('krb5_err_code')]),
  ...of('websocket', [pair('websocket.opcode'), pair('websocket.mask')]),
  ...of('ftp', [pair('ftp.dynamic_port'), pair('ftp.completion_code'), pair('ftp.mode')]),
  ...of('ftp-data', [pair('ftpdata_command')]),
  ...of('rfb', [pair('rfb.sectype'), pair('rfb.secresult')]),
  ...of('dhcp', [pair('dhcp.leasetime'), pair('dhcp.renewal_time'), pair('dhcp.rebinding_time')]),
  ...of('snmp', [pair('snmp.version'), pair('snmp.pdu_type')]),
  ...of('mqtt', [pair('mqtt.type'), pair('mqtt.reason_code'), pair('mqtt.protocol_version'), pair('mqtt.qos')]),
  ...of('mqtt', [pair('mqtt.connack.return_code', 'mqtt.reason_code')]),
  ...of('http2', [pair('http2.frametype'), pair('http2.errorcode'), pair('http2.window'), pair('http2.priority')]),
  ...of('tls', [pair('tls.cert_chain_len')]),
  ...of('ldap', [
    pair('ldap.request.operation'),
    pair('ldap.responses.operation'),
    pair('ldap.responses.result_code'),
    pair('ldap.responses.count'),
  ]),
  ...of(
    'enip',
    [
      'command',
      'status',
      'capabilities',
      'cip_attribute',
      'cip_class',
      'vendor_id',
      'cip_instance',
      'cip_status',
      'device_type',
      'identity_status',
      'product_code',
      'protocol_version',
      'revision',
      'serial',
      'state',
    ].map((name) => pair(`enip.${name}`)),
  ),
  ...of('enip', [pair('enip_command', 'enip.command'), pair('cip_service')]),
  ...of('ike', [pair('ike.exchtype'), pair('ike.key_exchange_payload_length'), pair('ike.nonce_payload_length')]),
  ...of('ntp', [pair('ntp.version'), pair('ntp.mode'), pair('ntp.stratum')]),
]);

function pair(keyword: string, target: string = keyword): [string, string] {
  return [keyword, target];
}

function words(text: string, from = 0): ReadonlyMap<string, number> {
  return new Map(text.split(' ').map((word, i): [string, number] => [word, i + from]));
}

function values(text: string): ReadonlyMap<string, number> {
  return new Map(
    text.split(' ').map((word): [string, number] => {
      const [name = '', value = ''] = word.split('=');
      return [name, Number(value)];
    }),
  );
}

/** The last has two names. */
function errorWords(text: string): ReadonlyMap<string, number> {
  return new Map([...words(text), ['http11_required', 13]]);
}

/** Words for values of numbers. */
export const VALUE_NAMES: ReadonlyMap<string, ReadonlyMap<string, number>> = new Map([
  ['dns.rcode', words('noerror formerr servfail nxdomain notimp refused yxdomain yxrrset nxrrset notauth notzone')],
  [
    'krb5_msg_type',
    values('as_req=10 as_rep=11 tgs_req=12 tgs_rep=13 ap_req=14 ap_rep=15 safe=20 priv=21 cred=22 error=30'),
  ],
  ['ftpdata_command', values('retr=1 stor=2')],
  ['rfb.secresult', values('ok=0 fail=1 toomany=2 unknown=3')],
  ['websocket.opcode', values('continuation=0 text=1 binary=2 connection_close=8 ping=9 pong=10')],
  [
    'mqtt.type',
    words(
      'unassigned connect connack publish puback pubrec pubrel pubcomp subscribe suback unsubscribe unsuback pingreq pingresp disconnect auth',
    ),
  ],
  [
    'http2.frametype',
    words('data headers priority rststream settings pushpromise ping goaway windowupdate continuation'),
  ],
  [
    'http2.errorcode',
    errorWords(
      'no_error protocol_error internal_error flow_control_error settings_timeout stream_closed frame_size_error refused_stream cancel compression_error connect_error enhance_your_calm inadequate_security http_1_1_required',
    ),
  ],
  ['ldap.responses.result_code', ldapResults()],
  [
    'dns.rrtype',
    values('a=1 ns=2 cname=5 soa=6 ptr=12 mx=15 txt=16 aaaa=28 srv=33 naptr=35 ds=43 dnskey=48 https=65 any=255'),
  ],
  ['ldap.request.operation', ldapOperations()],
  ['ldap.responses.operation', ldapOperations()],
  [
    'snmp.pdu_type',
    words('get_request get_next_request response set_request trap_v1 get_bulk_request inform_request trap_v2 report'),
  ],
  ['ntp.mode', words('reserved symmetric_active symmetric_passive client server broadcast control private')],
  [
    'enip.command',
    values(
      'nop=0 list_services=4 list_identity=99 list_interfaces=100 register_session=101 unregister_session=102 send_rr_data=111 send_unit_data=112 indicate_status=114 cancel=115',
    ),
  ],
]);

/** RFC 4511, section 4.1.9. */
function ldapResults(): ReadonlyMap<string, number> {
  return values(
    'success=0 operations_error=1 protocol_error=2 time_limit_exceeded=3 size_limit_exceeded=4 compare_false=5 ' +
      'compare_true=6 auth_method_not_supported=7 stronger_auth_required=8 referral=10 admin_limit_exceeded=11 ' +
      'unavailable_critical_extension=12 confidentiality_required=13 sasl_bind_in_progress=14 no_such_attribute=16 ' +
      'undefined_attribute_type=17 inappropriate_matching=18 constraint_violation=19 attribute_or_value_exists=20 ' +
      'invalid_attribute_syntax=21 no_such_object=32 alias_problem=33 invalid_dns_syntax=34 ' +
      'alias_dereferencing_problem=36 inappropriate_authentication=48 invalid_credentials=49 ' +
      'insufficient_access_rights=50 busy=51 unavailable=52 unwilling_to_perform=53 loop_detect=54 ' +
      'naming_violation=64 object_class_violation=65 not_allowed_on_non_leaf=66 not_allowed_on_rdn=67 ' +
      'entry_already_exists=68 object_class_mods_prohibited=69 affects_multiple_dsas=71 other=80',
  );
}

function ldapOperations(): ReadonlyMap<string, number> {
  return values(
    'bind_request=0 bind_response=1 unbind_request=2 search_request=3 search_result_entry=4 search_result_done=5 ' +
      'modify_request=6 modify_response=7 add_request=8 add_response=9 del_request=10 del_response=11 ' +
      'mod_dn_request=12 mod_dn_response=13 compare_request=14 compare_response=15 abandon_request=16 ' +
      'search_result_reference=19 extended_request=23 extended_response=24 intermediate_response=25',
  );
}

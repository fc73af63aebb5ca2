/** The names of `app-layer-event` that the parsers tell. A rule that asks for another one could never fire. */

const of = (protocol: string, names: string): string[] => names.split(' ').map((name) => `${protocol}.${name}`);

const EITHER = (side: string): string =>
  `${side}_field_missing_colon invalid_${side}_field_folding ${side}_field_too_long ${side}_header_invalid ` +
  `${side}_header_repetition invalid_${side}_chunk_len ${side}_chunk_extension ` +
  `invalid_transfer_encoding_value_in_${side} duplicate_content_length_field_in_${side} ` +
  `invalid_content_length_field_in_${side}`;

const HTTP =
  `${EITHER('request')} ${EITHER('response')} gzip_decompression_failed compression_bomb abnormal_ce_header ` +
  'missing_host_header host_header_ambiguous header_host_invalid request_line_incomplete double_encoded_uri ' +
  'request_auth_unrecognized response_invalid_protocol response_invalid_status response_chunked_old_proto ' +
  'response_abnormal_transfer_encoding response_multipart_byteranges';

const TLS =
  'invalid_record_length invalid_record_version invalid_record_type invalid_ssl_record heartbeat_message ' +
  'overflow_heartbeat_message invalid_heartbeat_message invalid_handshake_message handshake_invalid_length ' +
  'certificate_invalid_length invalid_certificate multiple_sni_extensions invalid_sni_type invalid_sni_length';

const DNS =
  'malformed_data not_a_request not_a_response z_flag_set invalid_opcode invalid_additionals invalid_authorities';
const RECORDS = 'malformed_data not_a_request not_a_response invalid_opcode invalid_additionals invalid_authorities';
const WEAK = 'weak_crypto_dh weak_crypto_enc weak_crypto_prf weak_crypto_auth';

export const EVENTS: ReadonlySet<string> = new Set([
  ...of('http', HTTP),
  ...of('tls', TLS),
  ...of('quic', 'handshake_invalid_length multiple_sni_extensions invalid_sni_type invalid_sni_length'),
  ...of('dns', DNS),
  ...of('llmnr', RECORDS),
  ...of('mdns', RECORDS),
  ...of('http2', 'failed_header_decode dns_request_too_long dns_response_too_long'),
  ...of(
    'mqtt',
    'malformed_traffic unassigned_msg_type invalid_qos_level double_connect missing_connect unintroduced_message ' +
      'missing_publish missing_subscribe missing_unsubscribe missing_msg_id',
  ),
  ...of('ftp', 'request_command_too_long response_command_too_long'),
  ...of('smb', 'file_overlap'),
  ...of('sip', 'invalid_data'),
  ...of('krb5', 'malformed_data'),
  ...of('snmp', 'malformed_data'),
  ...of('ike', WEAK),
  ...of('ikev2', WEAK),
]);

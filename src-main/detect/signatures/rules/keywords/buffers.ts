/** Buffers and numbers of application protocols, by the names of their keywords. What a parser does not give is not here. */
import { EVENTS } from '../../app/events.ts';
import type { Direction } from '../../app/types.ts';
import type { Draft } from '../draft.ts';
import { RuleFault } from '../fault.ts';
import { numberTest, type NumberTest } from '../numbers.ts';
import { cannotChoose, countTest, severalTest } from '../several.ts';
import { TRANSFORMS } from '../../content/transforms.ts';
import { listOf } from '../tokens.ts';
import { BUFFERS, NUMBERS, SEVERAL, VALUE_NAMES } from './names.ts';
import type { Keyword, KeywordTable } from './types.ts';

/** Keywords that were written differently, and the buffer each means. */
const OTHER_NAMES: readonly (readonly [string, string])[] = [
  ['http_uri', 'http.uri'],
  ['dns_query', 'dns.query'],
  ['tls_sni', 'tls.sni'],
  ['tls_cert_subject', 'tls.cert_subject'],
  ['tls_cert_issuer', 'tls.cert_issuer'],
  ['tls_cert_serial', 'tls.cert_serial'],
  ['tls_cert_fingerprint', 'tls.cert_fingerprint'],
  ['ssh_proto', 'ssh.proto'],
  ['ssh_software', 'ssh.software'],
  ['smb_named_pipe', 'smb.named_pipe'],
  ['smb_share', 'smb.share'],
  ['dce_stub_data', 'dcerpc.stub_data'],
  ['krb5_cname', 'krb5.cname'],
  ['krb5_sname', 'krb5.sname'],
  ...['ssh-hassh', 'ssh-hassh-string', 'ssh-hassh-server', 'ssh-hassh-server-string'].map(
    (name) => [name, name.replaceAll('-', '.')] as const,
  ),
  ['ja4_hash', 'ja4.hash'],
  ['ja3_hash', 'ja3.hash'],
  ['ja3_string', 'ja3.string'],
  ['ja3s_hash', 'ja3s.hash'],
  ['http_protocol', 'http.protocol'],
  ['http_start', 'http.start'],
  ['http_request_line', 'http.request_line'],
  ['http_response_line', 'http.response_line'],
  ['http_header_names', 'http.header_names'],
  ['http_accept', 'http.accept'],
  ['http_accept_enc', 'http.accept_enc'],
  ['http_accept_lang', 'http.accept_lang'],
  ['http_connection', 'http.connection'],
  ['http_content_type', 'http.content_type'],
  ['http_content_len', 'http.content_len'],
  ['http_referer', 'http.referer'],
];

/** Words after a content that say which buffer it is about. */
const MODIFIERS: readonly (readonly [string, string])[] = [
  ['http_uri', 'http.uri'],
  ['http_raw_uri', 'http.uri.raw'],
  ['http_method', 'http.method'],
  ['http_header', 'http.header'],
  ['http_raw_header', 'http.header.raw'],
  ['http_cookie', 'http.cookie'],
  ['http_user_agent', 'http.user_agent'],
  ['http_host', 'http.host'],
  ['http_raw_host', 'http.host.raw'],
  ['http_client_body', 'http.request_body'],
  ['http_server_body', 'http.response_body'],
  ['http_stat_code', 'http.stat_code'],
  ['http_stat_msg', 'http.stat_msg'],
];

const DIRECTIONS: ReadonlyMap<string, Direction> = new Map([
  ['to_server', 0],
  ['toserver', 0],
  ['request', 0],
  ['to_client', 1],
  ['toclient', 1],
  ['response', 1],
]);

function sticky(buffer: string): Keyword {
  return (draft, value, name) => {
    const direction = value === undefined || value === '' ? undefined : DIRECTIONS.get(value.trim());
    if (value !== undefined && value !== '' && direction === undefined)
      throw new RuleFault(name, `“${value.slice(0, 40)}” is not known`);
    draft.stick(buffer, { several: SEVERAL.has(buffer), ...(direction === undefined ? {} : { direction }) });
  };
}

function modifier(buffer: string): Keyword {
  return (draft, _value, name) => draft.move(name, buffer);
}

/** Numbers that a side has all of its transaction's of in order, and under which name. */
const PLACED: ReadonlyMap<string, string> = new Map([
  ...['ldap.responses.operation', 'ldap.responses.result_code', 'dns.rrtype'].map((name) => [name, name] as const),
  ...['enip.cip_attribute', 'enip.cip_class', 'enip.cip_instance', 'cip_service'].map((name) => [name, name] as const),
  ['mqtt.type', 'mqtt.type.all'],
  ['mqtt.reason_code', 'mqtt.reason_code.all'],
]);
/** Words after a comparison. */
const FORMS = ['norm', 'raw', 'any'];

/** A comparison, before it perhaps a direction, after it perhaps which form of it. */
const number =
  (target: string): Keyword =>
  (draft, value, name) => {
    const parts = listOf(value ?? '');
    const direction = DIRECTIONS.get(parts[0] ?? '');
    if (direction !== undefined) parts.shift();
    const [text = '', form] = parts;
    const counted = countTest(name, text);
    const test: NumberTest = counted ? () => true : numberTest(name, text, VALUE_NAMES.get(target));
    const several = counted ?? (form === undefined ? undefined : severalTest(name, test, form));
    if (!several && form !== undefined && !FORMS.includes(form))
      throw new RuleFault(name, `“${form.slice(0, 40)}” is not known`);
    const placed = several ? (PLACED.get(target) ?? cannotChoose(name)) : target;
    const which = form === 'raw' ? `${target}.raw` : placed;
    draft.numbers.push({ name: which, direction, test, ...(several ? { several } : {}) });
  };

const absent: Keyword = (draft, value, name) => {
  const { current } = draft;
  if (current === draft.payload) throw new RuleFault(name, 'follows no sticky buffer');
  if (value !== undefined && value !== 'or_else') throw new RuleFault(name, `“${value.slice(0, 40)}” is not known`);
  current.absent = value === undefined ? 'must' : 'may';
};

const transform: Keyword = (draft, value, name) => {
  const { current } = draft;
  if (current === draft.payload) throw new RuleFault(name, 'follows no sticky buffer');
  draft.transform(name, TRANSFORMS.get(name)!(value, draft.terms));
};

const appEvent: Keyword = (draft, value) => {
  const event = (value ?? '').trim().toLowerCase();
  if (!EVENTS.has(event)) throw new RuleFault('app-layer-event', `the event ${event.slice(0, 60)} is not told`);
  draft.events.push({ name: event });
};

/** `file_data` and its like need no value; the payload is looked at again by `pkt_data`. */
const packetData: Keyword = (draft: Draft) => void (draft.current = draft.payload);

function isThere([, buffer]: readonly [string, string]): boolean {
  return BUFFERS.includes(buffer);
}

export const BUFFER_KEYWORDS: KeywordTable = [
  ...BUFFERS.map((name) => [name, sticky(name)] as const),
  ['file_data', sticky('file_data')],
  ['file.data', sticky('file_data')],
  ...OTHER_NAMES.filter(isThere).map(([name, buffer]) => [name, sticky(buffer)] as const),
  ...MODIFIERS.filter(isThere).map(([name, buffer]) => [name, modifier(buffer)] as const),
  ...[...NUMBERS].map(([name, target]) => [name, number(target)] as const),
  ...[...TRANSFORMS.keys()].map((name) => [name, transform] as const),
  ['pkt_data', packetData],
  ['absent', absent],
  ['app-layer-event', appEvent],
];

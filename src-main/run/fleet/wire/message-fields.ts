/**
 * What the messages of each kind are made of, as far as it is sent. The type checks that no field is forgotten: what is
 * left out is named in `LEFT_OUT`.
 */
import type { ProtocolMessage } from '../../../meter/protocols/types.ts';

/**
 * text; flag; whole number; number with a fraction; list of texts, of whole numbers. With '?' the field may be absent.
 * An array: one of these words. `payload`: a text that quotes what hosts said to each other, sent only when asked for.
 */
export type FieldType =
  | 'text'
  | 'payload'
  | 'flag'
  | 'whole'
  | 'number'
  | 'texts'
  | 'wholes'
  | 'text?'
  | 'texts?'
  | 'besides?'
  | readonly string[];

/** Of every message: they have columns of their own. */
export const BASE_FIELDS = ['sec', 'nano', 'flow', 'orig', 'resp', 'respPort', 'fromOrig'] as const;
/** Certificates stay at the sensor: a text of two thousand bytes that indicators of certificates alone look at. */
type LeftOut = 'kind' | 'der' | (typeof BASE_FIELDS)[number];

type Of<K> = Extract<ProtocolMessage, { kind: K }>;
type Fields<K> = Readonly<Record<Exclude<keyof Of<K>, LeftOut>, FieldType>>;

const LOGINS = ['ftp', 'smtp', 'smb', 'kerberos', 'ldap', 'http', 'pop3', 'imap', 'telnet', 'rdp', 'snmp', 'sip'];
const AUTHORIZATIONS = ['', 'basic', 'digest', 'bearer', 'ntlm', 'negotiate', 'other'];
const TRANSPORTS = ['tcp', 'udp'];

export const MESSAGE_FIELDS: { readonly [K in ProtocolMessage['kind']]: Fields<K> } = {
  dns: {
    variant: ['dns', 'mdns', 'llmnr', 'nbns'],
    response: 'flag',
    id: 'whole',
    rcode: 'whole',
    qname: 'text',
    qtype: 'whole',
    addresses: 'texts',
    owners: 'texts?',
    names: 'texts',
    besides: 'besides?',
    answers: 'whole',
    size: 'whole',
    answerBytes: 'whole',
    authoritative: 'flag',
    ttl: 'whole',
  },
  http: {
    method: 'text',
    host: 'text',
    uri: 'text',
    agent: 'text',
    status: 'whole',
    length: 'whole',
    contentType: 'text',
    authorization: AUTHORIZATIONS,
    body: 'payload',
    oddHeader: 'text?',
  },
  tls: {
    what: ['client-hello', 'server-hello', 'certificate', 'established', 'alert'],
    sni: 'text',
    alpn: 'text',
    version: 'text',
    ja3: 'text',
    ja4: 'text',
    subject: 'text',
    issuer: 'text',
    names: 'texts?',
    alert: 'whole',
  },
  ssh: { software: 'text', what: ['banner', 'auth-failed', 'auth-succeeded'] },
  login: {
    protocol: LOGINS,
    outcome: ['attempt', 'failed', 'succeeded'],
    user: 'text',
    cleartext: 'flag',
    code: 'whole',
  },
  smb: { dialect: 'text', command: 'text', status: 'whole', path: 'text', share: 'text' },
  kerberos: {
    type: ['as-req', 'as-rep', 'tgs-req', 'tgs-rep', 'ap-req', 'error', 'other'],
    client: 'text',
    service: 'text',
    error: 'whole',
    etypes: 'wholes',
  },
  dhcp: {
    type: 'whole',
    transaction: 'whole',
    clientMac: 'text',
    serverId: 'text',
    yourAddress: 'text',
    requested: 'text',
    hostname: 'text',
    vendorClass: 'text',
    parameters: 'wholes',
    routers: 'texts',
    nameServers: 'texts',
  },
  arp: { operation: 'whole', senderMac: 'text', targetMac: 'text', frameSource: 'text', frameTarget: 'text' },
  named: { source: ['ntlm', 'netbios'], name: 'text' },
  tunnel: {},
  icmp: {
    type: 'whole',
    code: 'whole',
    identifier: 'whole',
    sequence: 'whole',
    size: 'whole',
    entropy: 'number',
    hash: 'whole',
  },
  rdp: { cookie: 'text' },
  snmp: { version: 'whole', community: ['public', 'private', 'other', ''], pdu: 'text', size: 'whole' },
  ntp: { mode: 'whole', version: 'whole', size: 'whole' },
  ldap: { operation: 'text', result: 'whole', name: 'text' },
  weird: { name: 'text', detail: 'text' },
  dcerpc: {
    what: ['bind', 'call', 'fault'],
    interface: 'text',
    operation: 'whole',
    size: 'whole',
    encrypted: 'flag',
    transport: 'text',
    object: 'flag',
    detail: 'text',
  },
  payload: { transport: TRANSPORTS, text: 'payload', size: 'whole' },
  misplaced: { transport: TRANSPORTS, app: 'text' },
  clear: { protocol: 'text', user: 'text' },
  mining: { agent: 'text' },
};

/** In the order of their numbers. */
export const MESSAGE_KINDS = Object.keys(MESSAGE_FIELDS) as ProtocolMessage['kind'][];

export function fieldsOf(kind: ProtocolMessage['kind']): [name: string, type: FieldType][] {
  return Object.entries(MESSAGE_FIELDS[kind]);
}

/**
 * Flows as Zeek's logs: conn.log of all, and beside it logs of what was read in them, as far as a flow's facts fill a line.
 * Those have one line a flow, where Zeek has one a message. Adding a log: an entry here.
 */
import { SEPARATOR } from '../../../../src-shared/domain/facts.ts';
import { decimalSeconds, protoName, rowCommunityId } from '../../../meter/flows/record.ts';
import { CONN_STATES, HISTORY_MAX, type FlowBatch } from '../../../meter/flows/types.ts';
import { historyText } from '../../../meter/flows/history.ts';
import { rowUid, uidText } from '../../../meter/flows/uid.ts';
import { formatAddress } from '../../../meter/hosts.ts';
import { PROTO } from '../../../meter/packets/types.ts';
import { UNSET, zeekList, zeekText, type ZeekColumn, type ZeekType } from './format.ts';

type Facts = Readonly<Record<string, string>>;
type Cell = (batch: FlowBatch, row: number, facts: Facts) => string;

export interface ZeekLog {
  /** Its `#path`; the file is called after it. */
  readonly path: string;
  readonly columns: readonly ZeekColumn[];
  /** Whether the flow has a line in it. */
  has(batch: FlowBatch, row: number): boolean;
  /** The line without its end. */
  line(batch: FlowBatch, row: number): string;
}

type Entry = readonly [name: string, type: ZeekType, cell: Cell];

const NO_FACTS: Facts = {};

function log(path: string, has: ZeekLog['has'], entries: readonly Entry[]): ZeekLog {
  return {
    path,
    columns: entries.map(([name, type]) => ({ name, type })),
    has,
    line(batch, row) {
      const facts = batch.meta[row]?.facts ?? NO_FACTS;
      return entries.map(([, , cell]) => cell(batch, row, facts)).join('\t');
    },
  };
}

const PORTS: ReadonlySet<number> = new Set([PROTO.TCP, PROTO.UDP, PROTO.ICMP, PROTO.ICMPV6]);

function port(c: FlowBatch['columns'], row: number, value: number): string {
  return String(PORTS.has(c.proto[row]!) ? value : 0);
}

function duration(c: FlowBatch['columns'], row: number): string {
  const nano = c.lastNano[row]! - c.nano[row]!;
  const sec = c.lastSec[row]! - c.sec[row]!;
  return nano < 0 ? decimalSeconds(sec - 1, nano + 1e9) : decimalSeconds(sec, nano);
}

const known =
  (text: (c: FlowBatch['columns'], row: number) => string): Cell =>
  ({ columns: c }, row) =>
    c.hasBytes[row] === 0 ? UNSET : text(c, row);

const IDENTITY: readonly Entry[] = [
  ['ts', 'time', ({ columns: c }, row) => decimalSeconds(c.sec[row]!, c.nano[row]!)],
  ['uid', 'string', ({ columns: c }, row) => rowUid(c, row)],
  ['id.orig_h', 'addr', ({ columns: c }, row) => formatAddress(c.orig, row * 4)],
  ['id.orig_p', 'port', ({ columns: c }, row) => port(c, row, c.origPort[row]!)],
  ['id.resp_h', 'addr', ({ columns: c }, row) => formatAddress(c.resp, row * 4)],
  ['id.resp_p', 'port', ({ columns: c }, row) => port(c, row, c.respPort[row]!)],
];

const PROTOCOL: Entry = ['proto', 'enum', ({ columns: c }, row) => protoName(c.proto[row]!)];

function number(name: string, column: 'origPkts' | 'origIpBytes' | 'respPkts' | 'respIpBytes' | 'missedBytes'): Entry {
  return [name, 'count', ({ columns: c }, row) => String(c[column][row]!)];
}

const conn = log('conn', () => true, [
  ...IDENTITY,
  PROTOCOL,
  ['service', 'string', ({ meta }, row) => zeekText(meta[row]?.service || undefined)],
  ['duration', 'interval', known(duration)],
  ['orig_bytes', 'count', known((c, row) => String(c.origBytes[row]!))],
  ['resp_bytes', 'count', known((c, row) => String(c.respBytes[row]!))],
  ['conn_state', 'string', ({ columns: c }, row) => CONN_STATES[c.connState[row]!] ?? 'OTH'],
  number('missed_bytes', 'missedBytes'),
  ['history', 'string', ({ columns: c }, row) => historyCell(c, row)],
  number('orig_pkts', 'origPkts'),
  number('orig_ip_bytes', 'origIpBytes'),
  number('resp_pkts', 'respPkts'),
  number('resp_ip_bytes', 'respIpBytes'),
  [
    'tunnel_parents',
    'set[string]',
    ({ columns: c }, row) => (c.parent[row]! < 0 ? UNSET : uidText(c.parentUid, row * 3)),
  ],
  ['ip_proto', 'count', ({ columns: c }, row) => String(c.proto[row]!)],
  ['vlan', 'int', ({ columns: c }, row) => String(c.vlan[row]! & 0xfff || UNSET)],
  ['community_id', 'string', ({ columns: c }, row) => rowCommunityId(c, row)],
]);

function historyCell(c: FlowBatch['columns'], row: number): string {
  const length = c.historyLength[row]!;
  return length === 0 ? UNSET : historyText(c.history, row * HISTORY_MAX, length);
}

const fact =
  (name: string): Cell =>
  (_batch, _row, facts) =>
    zeekText(facts[name]);
const list =
  (name: string, divider: string): Cell =>
  (_batch, _row, facts) =>
    facts[name] === undefined ? UNSET : zeekList(facts[name].split(divider));
/** "3 (no such name)": the code. */
const codeOf =
  (name: string): Cell =>
  (_batch, _row, facts) =>
    zeekText(/^\d+/.exec(facts[name] ?? '')?.[0]);

const RCODES = ['NOERROR', 'FORMERR', 'SERVFAIL', 'NXDOMAIN', 'NOTIMP', 'REFUSED'];

const hasFact =
  (name: string): ZeekLog['has'] =>
  ({ meta }, row) =>
    meta[row]?.facts[name] !== undefined;

const dns = log('dns', hasFact('dns.query'), [
  ...IDENTITY,
  PROTOCOL,
  ['query', 'string', fact('dns.query')],
  ['rcode', 'count', codeOf('dns.rcode')],
  ['rcode_name', 'string', (_batch, _row, facts) => zeekText(RCODES[Number.parseInt(facts['dns.rcode'] ?? '', 10)])],
  ['answers', 'vector[string]', (_batch, _row, facts) => answers(facts)],
]);

function answers(facts: Facts): string {
  const all = [facts['dns.names'], facts['dns.addresses']].flatMap((text) => (text ? text.split(' ') : []));
  return all.length === 0 ? UNSET : zeekList(all);
}

const http = log('http', hasFact('http.method'), [
  ...IDENTITY,
  ['method', 'string', fact('http.method')],
  ['host', 'string', fact('http.host')],
  ['uri', 'string', fact('http.uri')],
  ['user_agent', 'string', fact('http.agent')],
  ['status_code', 'count', codeOf('http.status')],
  ['resp_mime_types', 'vector[string]', (_batch, _row, facts) => mime(facts['http.type'])],
]);

function mime(type: string | undefined): string {
  return type === undefined ? UNSET : zeekList([type.split(';')[0]!.trim()]);
}

const ssl = log('ssl', ({ meta }, row) => isTls(meta[row]?.facts), [
  ...IDENTITY,
  ['version', 'string', (_batch, _row, facts) => zeekText(facts['tls.version']?.replace('.', ''))],
  ['server_name', 'string', fact('tls.sni')],
  ['next_protocol', 'string', fact('tls.alpn')],
  ['established', 'bool', (_batch, _row, facts) => (facts['tls.established'] === 'yes' ? 'T' : 'F')],
  ['subject', 'string', fact('tls.subject')],
  ['issuer', 'string', fact('tls.issuer')],
  ['ja3', 'string', fact('tls.ja3')],
  ['ja4', 'string', fact('tls.ja4')],
]);

function isTls(facts: Facts = NO_FACTS): boolean {
  return facts['tls.version'] !== undefined || facts['tls.sni'] !== undefined || facts['tls.ja3'] !== undefined;
}

const ssh = log(
  'ssh',
  ({ meta }, row) => Object.keys(meta[row]?.facts ?? NO_FACTS).some((one) => one.startsWith('ssh.')),
  [
    ...IDENTITY,
    ['auth_success', 'bool', (_batch, _row, facts) => authSuccess(facts['ssh.auth'])],
    ['client', 'string', fact('ssh.client')],
    ['server', 'string', fact('ssh.server')],
  ],
);

function authSuccess(auth: string | undefined): string {
  if (auth === undefined) return UNSET;
  return auth.startsWith('succeeded') ? 'T' : auth.startsWith('failed') ? 'F' : UNSET;
}

const dhcp = log('dhcp', hasFact('dhcp.message'), [
  ...IDENTITY,
  ['mac', 'string', fact('dhcp.client')],
  ['host_name', 'string', fact('dhcp.hostname')],
  ['assigned_addr', 'addr', fact('dhcp.address')],
  ['msg_types', 'vector[string]', list('dhcp.message', SEPARATOR)],
]);

export const ZEEK_LOGS: readonly ZeekLog[] = [conn, dns, http, ssl, ssh, dhcp];

/**
 * What cannot be in one record: said, never corrected. Columns are known by the names that the formats give them; a rule
 * speaks only where all it needs is given.
 */
import type { ColumnSpec } from './formats/types.ts';

export interface Impossible {
  columns: string[];
  message: string;
}

type Values = ReadonlyMap<string, number | string>;

/** Names of the same thing in different formats. */
const NAMES = {
  protocol: ['proto', 'protocol', 'protocol_type', 'Protocol', 'Proto'],
  state: ['conn_state', 'flag', 'state', 'State', 'flags'],
  service: ['service'],
  ports: [
    'src_port',
    'dst_port',
    'source_port',
    'destination_port',
    'sport',
    'dsport',
    'Sport',
    'Dport',
    'Source Port',
    'Destination Port',
    'Src Port',
    'Dst Port',
  ],
  /** Zeek puts type and code of ICMP where others have ports. */
  typesOrPorts: ['id.orig_p', 'id.resp_p'],
  duration: ['duration', 'dur', 'Dur', 'Flow Duration'],
} as const;

/** Bytes that need packets. */
const CARRIED: readonly (readonly [bytes: string, packets: string])[] = [
  ['orig_bytes', 'orig_pkts'],
  ['resp_bytes', 'resp_pkts'],
  ['orig_ip_bytes', 'orig_pkts'],
  ['resp_ip_bytes', 'resp_pkts'],
  ['orig_bytes', 'orig_packets'],
  ['resp_bytes', 'resp_packets'],
  ['sbytes', 'spkts'],
  ['dbytes', 'dpkts'],
  ['TotBytes', 'TotPkts'],
  ['Total Length of Fwd Packets', 'Total Fwd Packets'],
  ['Total Length of Bwd Packets', 'Total Backward Packets'],
  ['TotLen Fwd Pkts', 'Tot Fwd Pkts'],
  ['TotLen Bwd Pkts', 'Tot Bwd Pkts'],
];
/** A packet of IP carries no more. */
const MOST_PER_PACKET = 65_535;

/** What the other side sent. */
const ANSWERS = ['resp_bytes', 'resp_pkts', 'resp_packets', 'resp_ip_bytes', 'dst_bytes'];
const TCP_STATES = new Set(['S1', 'S2', 'S3', 'REJ', 'RSTO', 'RSTR', 'RSTOS0', 'RSTRH', 'SH']);
const TCP_FLAGS = /^(?:SYN|ACK|FIN|RST|PSH|URG|ECE|CWR)(?:[-_ +/|,](?:SYN|ACK|FIN|RST|PSH|URG|ECE|CWR))*$/i;
const FLAG_COUNTS = /^(?:(?:syn|fin|rst|psh|urg)_share|(?:SYN|FIN|RST|PSH|URG|ACK) Flag C(?:ou)?nt)$/;
const TCP_SERVICES = new Set(['http', 'ssh', 'ftp', 'ftp_data', 'smtp', 'telnet', 'pop3', 'imap', 'imap4', 'ssl']);

const PROTOCOL_NUMBERS: Readonly<Record<string, string>> = { 1: 'icmp', 6: 'tcp', 17: 'udp', 58: 'icmp6' };

function first(values: Values, names: readonly string[]): [name: string, value: number | string] | undefined {
  for (const name of names) {
    const value = values.get(name);
    if (value !== undefined) return [name, value];
  }
  return undefined;
}

function protocolOf(values: Values): [name: string, protocol: string] | undefined {
  const found = first(values, NAMES.protocol);
  if (!found) return undefined;
  const word = String(found[1]).toLowerCase();
  const known = PROTOCOL_NUMBERS[word] ?? word;
  return [found[0], known === 'icmpv6' || known === 'ipv6-icmp' ? 'icmp6' : known];
}

function tcpOnly(values: Values, out: Impossible[]): void {
  const found = protocolOf(values);
  if (!found || found[1] === 'tcp') return;
  const [name, protocol] = found;
  if (!['icmp', 'icmp6', 'udp'].includes(protocol)) return;
  const title = protocol.toUpperCase();
  for (const state of NAMES.state) {
    const value = values.get(state);
    if (typeof value !== 'string') continue;
    if (!TCP_STATES.has(value) && !TCP_FLAGS.test(value)) continue;
    const message = `${title} has no flags: ${state} ${value} belongs to TCP`;
    out.push({ columns: [name, state], message });
  }
  for (const [column, value] of values) {
    if (typeof value !== 'number' || value <= 0 || !FLAG_COUNTS.test(column)) continue;
    out.push({ columns: [name, column], message: `${title} has no flags: ${column} is of TCP` });
  }
  if (protocol === 'udp') return;
  for (const port of NAMES.ports) {
    const value = Number(values.get(port) ?? 0);
    if (value > 0) out.push({ columns: [name, port], message: `${title} has no ports: ${port} is ${value}` });
  }
  for (const port of NAMES.typesOrPorts) {
    const value = Number(values.get(port) ?? 0);
    const message = `${title} has no ports, and types and codes end at 255: ${port} is ${value}`;
    if (value > 255) out.push({ columns: [name, port], message });
  }
  const service = values.get('service');
  if (typeof service === 'string' && TCP_SERVICES.has(service.toLowerCase())) {
    out.push({ columns: [name, 'service'], message: `${title} carries no ${service}` });
  }
}

function carried(values: Values, out: Impossible[]): void {
  for (const [bytes, packets] of CARRIED) {
    const [b, p] = [values.get(bytes), values.get(packets)];
    if (typeof b !== 'number' || typeof p !== 'number') continue;
    if (b > 0 && p === 0) out.push({ columns: [bytes, packets], message: `${bytes} is ${b}, but there is no packet` });
    else if (b > p * MOST_PER_PACKET) {
      const message = `${bytes} is ${b}: more than ${p} packets can carry (${MOST_PER_PACKET} bytes each)`;
      out.push({ columns: [bytes, packets], message });
    }
  }
}

function unanswered(values: Values, out: Impossible[]): void {
  const state = first(values, NAMES.state);
  if (state?.[1] !== 'S0') return;
  for (const name of ANSWERS) {
    const value = values.get(name);
    if (typeof value !== 'number' || value <= 0) continue;
    const message = `${state[0]} S0 says that nothing came back, and ${name} is ${value}`;
    out.push({ columns: [state[0], name], message });
  }
}

function durations(values: Values, out: Impossible[]): void {
  const duration = first(values, NAMES.duration);
  if (typeof duration?.[1] === 'number' && duration[1] < 0) {
    out.push({ columns: [duration[0]], message: `${duration[0]} is below zero` });
  }
}

function ranges(values: Values, columns: readonly ColumnSpec[], out: Impossible[]): void {
  for (const { name, range } of columns) {
    const value = values.get(name);
    if (!range || typeof value !== 'number' || (value >= range[0] && value <= range[1])) continue;
    out.push({ columns: [name], message: `${name} is ${value}: it goes from ${range[0]} to ${range[1]}` });
  }
}

/** What is wrong with the values together; empty where nothing is. */
export function impossible(values: Values, columns: readonly ColumnSpec[]): Impossible[] {
  const out: Impossible[] = [];
  ranges(values, columns, out);
  durations(values, out);
  tcpOnly(values, out);
  carried(values, out);
  unanswered(values, out);
  return out;
}

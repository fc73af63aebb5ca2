/**
 * What formats of flows have in common, by one name and one unit: so that what learned from one data set can be judged by
 * another. Each format says how it comes by a feature; what it cannot say is absent.
 */
import { portRange } from './ports.ts';
import type { ColumnSpec } from './types.ts';

/** A number or a word made of the values of columns: numbers NaN where unset, words as they stand. */
type Made = number | string;

export interface Recipe {
  from: readonly string[];
  make(values: readonly Made[]): Made;
  /** How it is made, in words; absent: it is the column itself. */
  how?: string;
  /** Made by assumptions that need not hold. */
  estimated?: boolean;
}

export interface CommonFeature {
  spec: ColumnSpec;
  unit: string;
  /** By format. */
  recipes: Readonly<Record<string, Recipe>>;
}

/** Ethernet header, and with it the headers of IPv4 and of the transport without options. */
const ETHERNET = 14;
const HEADERS = { tcp: 54, other: 42 };

const MICROSECONDS = 1e6;

const one = (column: string): Recipe => ({ from: [column], make: ([x]) => x! });
/** Of a flow of one packet some leave it out. */
const orZero = (column: string): Recipe => ({
  from: [column],
  make: ([x]) => zeroIfUnset(x),
  how: `${column}, unset as 0`,
});
const zeroIfUnset = (x: Made | undefined): number => (typeof x !== 'number' || Number.isNaN(x) ? 0 : x);

function sum(a: Recipe, b: Recipe): Recipe {
  return {
    from: [...a.from, ...b.from],
    make: (values) => Number(a.make(values.slice(0, a.from.length))) + Number(b.make(values.slice(a.from.length))),
    how: `${a.how ?? a.from.join()} + ${b.how ?? b.from.join()}`,
    ...((a.estimated || b.estimated) && { estimated: true }),
  };
}

/** Payload of Argus's bytes, which count all headers from Ethernet on. */
const withoutHeaders = (bytes: string, packets: string, protocol: string): Recipe => ({
  from: [bytes, packets, protocol],
  make: ([b, p, word]) =>
    Math.max(0, Number(b) - Number(p) * (protocolOf(word!) === 'tcp' ? HEADERS.tcp : HEADERS.other)),
  how: `${bytes} less ${HEADERS.tcp} (TCP) or ${HEADERS.other} for each of ${packets}`,
  estimated: true,
});
const withoutEthernet = (bytes: string, packets: string): Recipe => ({
  from: [bytes, packets],
  make: ([b, p]) => Math.max(0, Number(b) - Number(p) * ETHERNET),
  how: `${bytes} less ${ETHERNET} for each of ${packets}`,
});

const PROTOCOLS: Readonly<Record<string, string>> = {
  '1': 'icmp',
  '6': 'tcp',
  '17': 'udp',
  '58': 'icmp',
  'ipv6-icmp': 'icmp',
  icmp6: 'icmp',
};

function protocolOf(word: Made): string {
  const plain = String(word).trim().toLowerCase();
  const known = PROTOCOLS[plain] ?? plain;
  return known === 'tcp' || known === 'udp' || known === 'icmp' ? known : 'other';
}
const protocol = (column: string): Recipe => ({
  from: [column],
  make: ([x]) => protocolOf(x!),
  how: `${column} as tcp, udp, icmp or other`,
});

/** Zeek's states, which are KDD's flags too. */
const CONNECTION: Readonly<Record<string, string>> = {
  SF: 'answered',
  S1: 'answered',
  S2: 'answered',
  S3: 'answered',
  S0: 'unanswered',
  SH: 'unanswered',
  RSTOS0: 'unanswered',
  REJ: 'refused',
  RSTO: 'reset',
  RSTR: 'reset',
};
const ARGUS: Readonly<Record<string, string>> = {
  FIN: 'answered',
  CON: 'answered',
  ACC: 'answered',
  CLO: 'answered',
  INT: 'unanswered',
  REQ: 'unanswered',
  RST: 'reset',
};

/** Argus's states in words, or the flags of each side around an underscore. */
function argusState(word: Made): string {
  const text = String(word).trim().toUpperCase();
  const [source, target] = text.split('_');
  if (target === undefined) return ARGUS[text] ?? 'other';
  if (target === '') return 'unanswered';
  if (target.includes('R') && !target.includes('S') && !source!.includes('A')) return 'refused';
  return /R/.test(text) ? 'reset' : 'answered';
}
const connection = (column: string): Recipe => ({
  from: [column],
  make: ([x]) => CONNECTION[String(x).trim().toUpperCase()] ?? 'other',
  how: `${column} as answered, unanswered, refused, reset or other`,
});
const argus = (column: string): Recipe => ({
  from: [column],
  make: ([x]) => argusState(x!),
  how: `${column} as answered, unanswered, refused, reset or other`,
});

/** Ports and names of services by class. */
const SERVICES: readonly { service: string; ports: readonly number[]; names: readonly string[] }[] = [
  { service: 'dns', ports: [53], names: ['dns', 'domain', 'domain_u'] },
  { service: 'web', ports: [80, 8000, 8001, 8080], names: ['http', 'http_8001', 'http_2784'] },
  { service: 'tls', ports: [443, 8443], names: ['ssl', 'tls', 'http_443', 'https'] },
  {
    service: 'mail',
    ports: [25, 110, 143, 465, 587, 993, 995],
    names: ['smtp', 'pop3', 'pop_3', 'pop_2', 'imap', 'imap4'],
  },
  { service: 'files', ports: [20, 21, 69], names: ['ftp', 'ftp_data', 'ftp-data', 'tftp_u'] },
  {
    service: 'remote',
    ports: [22, 23, 512, 513, 514, 3389],
    names: ['ssh', 'telnet', 'login', 'shell', 'exec', 'rdp'],
  },
];
const BY_PORT = new Map(SERVICES.flatMap(({ service, ports }) => ports.map((port) => [port, service] as const)));
const BY_NAME = new Map(SERVICES.flatMap(({ service, names }) => names.map((name) => [name, service] as const)));

const CLASSES = 'dns, web, tls, mail, files, remote or other';
const servicePort = (column: string): Recipe => ({
  from: [column],
  make: ([port]) => BY_PORT.get(Number(port)) ?? 'other',
  how: `${column} as ${CLASSES}`,
});
const serviceName = (column: string, by: string): Recipe => ({
  from: [column],
  make: ([word]) => BY_NAME.get(String(word).trim().toLowerCase()) ?? 'other',
  how: `${column} (${by}) as ${CLASSES}`,
});
const range = (column: string): Recipe => ({
  from: [column],
  make: ([port]) => portRange(Number(port)),
  how: `${column} as system, registered, dynamic or none`,
});

const KDD = {
  duration: one('duration'),
  protocol: protocol('protocol_type'),
  state: connection('flag'),
  service: serviceName('service', 'by port'),
  payload_out: one('src_bytes'),
  payload_in: one('dst_bytes'),
  payload: sum(one('src_bytes'), one('dst_bytes')),
};
const CONN = {
  duration: orZero('duration'),
  protocol: protocol('proto'),
  state: connection('conn_state'),
  service: servicePort('id.resp_p'),
  target_port: range('id.resp_p'),
  packets_out: orZero('orig_pkts'),
  packets_in: orZero('resp_pkts'),
  packets: sum(orZero('orig_pkts'), orZero('resp_pkts')),
  payload_out: orZero('orig_bytes'),
  payload_in: orZero('resp_bytes'),
  payload: sum(orZero('orig_bytes'), orZero('resp_bytes')),
  wire_out: orZero('orig_ip_bytes'),
  wire_in: orZero('resp_ip_bytes'),
  wire: sum(orZero('orig_ip_bytes'), orZero('resp_ip_bytes')),
};
const UNSW = {
  duration: one('dur'),
  protocol: protocol('proto'),
  state: argus('state'),
  service: serviceName('service', 'by content'),
  packets_out: one('spkts'),
  packets_in: one('dpkts'),
  packets: sum(one('spkts'), one('dpkts')),
  payload_out: withoutHeaders('sbytes', 'spkts', 'proto'),
  payload_in: withoutHeaders('dbytes', 'dpkts', 'proto'),
  payload: sum(withoutHeaders('sbytes', 'spkts', 'proto'), withoutHeaders('dbytes', 'dpkts', 'proto')),
  wire_out: withoutEthernet('sbytes', 'spkts'),
  wire_in: withoutEthernet('dbytes', 'dpkts'),
  wire: sum(withoutEthernet('sbytes', 'spkts'), withoutEthernet('dbytes', 'dpkts')),
};
const FORMATS: Readonly<Record<string, Readonly<Record<string, Recipe>>>> = {
  'nsl-kdd': KDD,
  kdd99: KDD,
  'zeek-conn': CONN,
  'sonde-flows': CONN,
  'unsw-nb15': UNSW,
  'unsw-nb15-raw': { ...UNSW, service: servicePort('dsport'), target_port: range('dsport') },
  cicflowmeter: {
    duration: {
      from: ['Flow Duration'],
      make: ([x]) => zeroIfUnset(x) / MICROSECONDS,
      how: 'Flow Duration / 1,000,000 (it is in microseconds)',
    },
    protocol: protocol('Protocol'),
    state: {
      from: ['Total Backward Packets', 'RST Flag Count'],
      make: ([back, resets]) => (Number(back) === 0 ? 'unanswered' : Number(resets) > 0 ? 'reset' : 'answered'),
      how: 'unanswered without Total Backward Packets, reset by RST Flag Count, else answered; refused is not told apart',
      estimated: true,
    },
    service: servicePort('Destination Port'),
    target_port: range('Destination Port'),
    packets_out: one('Total Fwd Packets'),
    packets_in: one('Total Backward Packets'),
    packets: sum(one('Total Fwd Packets'), one('Total Backward Packets')),
    payload_out: one('Total Length of Fwd Packets'),
    payload_in: one('Total Length of Bwd Packets'),
    payload: sum(one('Total Length of Fwd Packets'), one('Total Length of Bwd Packets')),
  },
  'ctu-13': {
    duration: one('Dur'),
    protocol: protocol('Proto'),
    state: argus('State'),
    service: servicePort('Dport'),
    target_port: range('Dport'),
    packets_out: one('SrcPkts'),
    packets_in: {
      from: ['TotPkts', 'SrcPkts'],
      make: ([all, out]) => Math.max(0, Number(all) - Number(out)),
      how: 'TotPkts less SrcPkts',
    },
    packets: one('TotPkts'),
    payload: withoutHeaders('TotBytes', 'TotPkts', 'Proto'),
    wire: withoutEthernet('TotBytes', 'TotPkts'),
  },
  'seven-fields': {
    protocol: protocol('protocol'),
    state: connection('flag'),
    payload_out: { ...one('bytes_sent'), estimated: true },
    payload_in: { ...one('bytes_received'), estimated: true },
    payload: { ...sum(one('bytes_sent'), one('bytes_received')), estimated: true },
  },
};

const FEATURES: readonly { name: string; unit: string; words?: boolean }[] = [
  { name: 'duration', unit: 'seconds' },
  { name: 'protocol', unit: 'word', words: true },
  { name: 'state', unit: 'word', words: true },
  { name: 'service', unit: 'word', words: true },
  { name: 'target_port', unit: 'word', words: true },
  { name: 'packets_out', unit: 'packets' },
  { name: 'packets_in', unit: 'packets' },
  { name: 'packets', unit: 'packets' },
  { name: 'payload_out', unit: 'bytes' },
  { name: 'payload_in', unit: 'bytes' },
  { name: 'payload', unit: 'bytes' },
  { name: 'wire_out', unit: 'bytes from the IP header on' },
  { name: 'wire_in', unit: 'bytes from the IP header on' },
  { name: 'wire', unit: 'bytes from the IP header on' },
];

export const COMMON_FEATURES: readonly CommonFeature[] = FEATURES.map(({ name, unit, words }) => ({
  spec: { name, kind: words ? 'categorical' : 'numeric', role: 'feature' },
  unit,
  recipes: Object.fromEntries(
    Object.entries(FORMATS).flatMap(([format, recipes]) => (recipes[name] ? [[format, recipes[name]]] : [])),
  ),
}));

/** Formats of which anything is known that others have too. */
export const COMPARABLE: readonly string[] = Object.keys(FORMATS);

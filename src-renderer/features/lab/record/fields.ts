/** Columns of records in words, and in groups that belong together. What is not known here keeps its own name. */
import { featureById } from '../../../../src-shared/features/catalogue.ts';
import type { DescribedModel, RecordColumn } from '../../../../src-shared/contract/topics/scoring.ts';
import { featureName } from '../../incidents/feature-names.ts';

export const GROUPS = [
  'Who',
  'Connection',
  'How much',
  'Sizes',
  'Timing',
  'Flags',
  'In the session',
  'What came before it',
  'More',
] as const;
export type FieldGroup = (typeof GROUPS)[number];

export interface Field {
  column: RecordColumn;
  group: FieldGroup;
  /** In words; '' where the column's own name says it. */
  title: string;
  /** What it is counted in, '' where that is plain. */
  unit: string;
}

type Known = readonly [group: FieldGroup, title: string, unit?: string];

/** Zeek and our own flows, KDD, UNSW-NB15, Argus, the seven fields. */
const KNOWN: Readonly<Record<string, Known>> = {
  'id.orig_h': ['Who', 'source address'],
  'id.resp_h': ['Who', 'destination address'],
  'id.orig_p': ['Who', 'source port'],
  'id.resp_p': ['Who', 'destination port'],
  source_ip: ['Who', 'source address'],
  destination_ip: ['Who', 'destination address'],
  proto: ['Connection', 'protocol'],
  protocol: ['Connection', 'protocol'],
  protocol_type: ['Connection', 'protocol'],
  conn_state: ['Connection', 'how it went'],
  state: ['Connection', 'how it went'],
  flag: ['Connection', 'how it went'],
  flags: ['Connection', 'TCP flags that were seen'],
  service: ['Connection', 'service'],
  service_class: ['Connection', 'kind of service'],
  history: ['Connection', 'course'],
  land: ['Connection', 'source and destination are the same'],
  port_class: ['Connection', 'range of the port'],
  duration: ['How much', 'how long it lasted', 's'],
  dur: ['How much', 'how long it lasted', 's'],
  orig_bytes: ['How much', 'data sent', 'bytes'],
  resp_bytes: ['How much', 'data received', 'bytes'],
  src_bytes: ['How much', 'data sent', 'bytes'],
  dst_bytes: ['How much', 'data received', 'bytes'],
  sbytes: ['How much', 'bytes sent', 'bytes'],
  dbytes: ['How much', 'bytes received', 'bytes'],
  bytes_sent: ['How much', 'bytes sent', 'bytes'],
  bytes_received: ['How much', 'bytes received', 'bytes'],
  packet_size: ['Sizes', 'size of the packet', 'bytes'],
  orig_pkts: ['How much', 'packets sent'],
  resp_pkts: ['How much', 'packets received'],
  orig_packets: ['How much', 'packets sent'],
  resp_packets: ['How much', 'packets received'],
  spkts: ['How much', 'packets sent'],
  dpkts: ['How much', 'packets received'],
  orig_ip_bytes: ['How much', 'bytes sent, with headers', 'bytes'],
  resp_ip_bytes: ['How much', 'bytes received, with headers', 'bytes'],
  missed_bytes: ['How much', 'bytes missing from the capture', 'bytes'],
  totpkts: ['How much', 'packets'],
  totbytes: ['How much', 'bytes, with headers', 'bytes'],
  srcbytes: ['How much', 'bytes sent, with headers', 'bytes'],
  wrong_fragment: ['Flags', 'wrong fragments'],
  urgent: ['Flags', 'urgent packets'],
  hot: ['In the session', 'suspicious actions'],
  num_failed_logins: ['In the session', 'failed logins'],
  logged_in: ['In the session', 'logged in'],
  num_compromised: ['In the session', 'compromised conditions'],
  root_shell: ['In the session', 'got a root shell'],
  su_attempted: ['In the session', 'tried su'],
  num_root: ['In the session', 'actions as root'],
  num_file_creations: ['In the session', 'files made'],
  num_shells: ['In the session', 'shells opened'],
  num_access_files: ['In the session', 'access files touched'],
  num_outbound_cmds: ['In the session', 'outbound commands'],
  is_host_login: ['In the session', 'login of the host'],
  is_guest_login: ['In the session', 'login as guest'],
  count: ['What came before it', 'connections to the same host, 2 s'],
  srv_count: ['What came before it', 'connections to the same service, 2 s'],
  serror_rate: ['What came before it', 'of these to the host, never answered', 'share'],
  srv_serror_rate: ['What came before it', 'of these to the service, never answered', 'share'],
  rerror_rate: ['What came before it', 'of these to the host, refused', 'share'],
  srv_rerror_rate: ['What came before it', 'of these to the service, refused', 'share'],
  same_srv_rate: ['What came before it', 'of these to the host, same service', 'share'],
  diff_srv_rate: ['What came before it', 'of these to the host, other services', 'share'],
  srv_diff_host_rate: ['What came before it', 'of these to the service, other hosts', 'share'],
  dst_host_count: ['What came before it', 'of the last 100, to the same host'],
  dst_host_srv_count: ['What came before it', 'of the last 100, same host and service'],
  dst_host_same_srv_rate: ['What came before it', 'of the last 100, same service', 'share'],
  dst_host_diff_srv_rate: ['What came before it', 'of the last 100, other services', 'share'],
  dst_host_same_src_port_rate: ['What came before it', 'of the last 100, same source port', 'share'],
  dst_host_srv_diff_host_rate: ['What came before it', 'of the last 100, other hosts', 'share'],
  dst_host_serror_rate: ['What came before it', 'of the last 100 to the host, never answered', 'share'],
  dst_host_srv_serror_rate: ['What came before it', 'of the last 100 to the service, never answered', 'share'],
  dst_host_rerror_rate: ['What came before it', 'of the last 100 to the host, refused', 'share'],
  dst_host_srv_rerror_rate: ['What came before it', 'of the last 100 to the service, refused', 'share'],
  rate: ['How much', 'packets a second'],
  sload: ['How much', 'bits a second sent'],
  dload: ['How much', 'bits a second received'],
  sloss: ['Timing', 'packets sent again or lost'],
  dloss: ['Timing', 'packets received again or lost'],
  sinpkt: ['Timing', 'mean pause in sending', 'ms'],
  dinpkt: ['Timing', 'mean pause in answers', 'ms'],
  sjit: ['Timing', 'jitter of sending', 'ms'],
  djit: ['Timing', 'jitter of answers', 'ms'],
  tcprtt: ['Timing', 'time to set the connection up', 's'],
  synack: ['Timing', 'from SYN to SYN+ACK', 's'],
  ackdat: ['Timing', 'from SYN+ACK to ACK', 's'],
  smean: ['Sizes', 'mean size of packets sent', 'bytes'],
  dmean: ['Sizes', 'mean size of packets received', 'bytes'],
  smeansz: ['Sizes', 'mean size of packets sent', 'bytes'],
  dmeansz: ['Sizes', 'mean size of packets received', 'bytes'],
  swin: ['Sizes', 'TCP window of the source'],
  dwin: ['Sizes', 'TCP window of the destination'],
};

/** What is known best comes first, as it stands above; the rest in the model's order after it. */
const ORDER: ReadonlyMap<string, number> = new Map(Object.keys(KNOWN).map((name, i) => [name, i]));

function placeOf(name: string): number {
  return ORDER.get(name.toLowerCase()) ?? ORDER.size - 1;
}

/** By what a name holds, in the order in which it is asked. */
const PATTERNS: readonly (readonly [RegExp, FieldGroup])[] = [
  [/\b(source|destination|src|dst) ?(ip|port|addr)|addr$|^[sd]port$|^dsport$/, 'Who'],
  [/^(ct|src|dst|pair)_/, 'What came before it'],
  [/flag|syn|fin|rst|psh|ack|urg|cwr|ece|\btos\b|ttl/, 'Flags'],
  [/iat|idle|active|time|gap|rtt|jit|duration|regularity/, 'Timing'],
  [/size|length|len|segment|header|win|subflow|bulk/, 'Sizes'],
  [/bytes|packets|pkts|rate|\/s\b|load|ratio|balance/, 'How much'],
  [/proto|service|state|port|method|dir/, 'Connection'],
];

const UNITS: Readonly<Record<string, string>> = { bytes: 'bytes', seconds: 's', share: 'share', 'bytes/s': 'bytes/s' };

function known(name: string): Known | undefined {
  const plain = name.toLowerCase();
  return Object.hasOwn(KNOWN, plain) ? KNOWN[plain] : undefined;
}

function groupOf(name: string): FieldGroup {
  const plain = name.toLowerCase();
  return PATTERNS.find(([pattern]) => pattern.test(plain))?.[1] ?? 'More';
}

function fieldOf(column: RecordColumn, scores: DescribedModel['scores']): Field {
  const { name } = column;
  const found = known(name);
  if (found) return { column, group: found[0], title: found[1], unit: found[2] ?? '' };
  const feature = scores === 'flows' ? featureById(name) : undefined;
  if (feature) {
    const group = { size: 'Sizes', timing: 'Timing', behaviour: 'Flags' }[feature.group] as FieldGroup;
    const before = /^(src|dst|pair)_/.test(name);
    const [title, unit] = [featureName(name), UNITS[feature.unit] ?? ''];
    return { column, group: before ? 'What came before it' : group, title, unit };
  }
  return { column, group: groupOf(name), title: '', unit: '' };
}

/** What a person fills in first; columns that the model leaves aside are not offered, but for who it is between. */
export function fieldsOf({ columns, scores }: DescribedModel): Field[] {
  const fields = columns
    .map((column) => fieldOf(column, scores))
    .filter(({ column, group }) => column.used || group === 'Who');
  const place = ({ column, group }: Field): number => GROUPS.indexOf(group) * ORDER.size + placeOf(column.name);
  return fields.sort((a, b) => place(a) - place(b));
}

export function groupsOf(fields: readonly Field[]): { group: FieldGroup; fields: Field[] }[] {
  return GROUPS.flatMap((group) => {
    const own = fields.filter((field) => field.group === group);
    return own.length === 0 ? [] : [{ group, fields: own }];
  });
}

/** Groups that stand open from the start; all where there are few fields. */
const FIRST: ReadonlySet<FieldGroup> = new Set(['Who', 'Connection', 'How much']);
const FEW = 16;

export function startsOpen(group: FieldGroup, fields: number): boolean {
  return FIRST.has(group) || fields <= FEW;
}

export function fits({ column, title, group }: Field, search: string): boolean {
  const text = `${column.name} ${title} ${group}`.toLowerCase();
  return search
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}

/** "data sent", or the column's own name where there are no words for it. */
export function wordsOf(name: string): string {
  const found = known(name);
  if (found) return found[1];
  return featureById(name) ? featureName(name) : name;
}

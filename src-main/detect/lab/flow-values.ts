/**
 * What is known of a flow to features, as far as they follow: what does not follow stays unknown. Names are Zeek's, and the
 * catalogue's own, which go before.
 */
import { FLOW_FEATURES, PORT_CLASSES, PROTOCOL_CLASSES } from '../../../src-shared/features/catalogue.ts';
import { SERVICE_CLASSES, serviceClass } from '../../../src-shared/features/services.ts';
import type { CategoricalFeature, FeatureDefinition } from '../../../src-shared/features/types.ts';
import type { ColumnSpec } from './formats/types.ts';
import { badValue, valueOf, type PartialRecord } from './record.ts';

const PORT = 65_535;
/** What is computed from it is still a number of 32 bits. */
const GREATEST = 1e15;
/** Columns of a flow beside its features. */
const FLOW_COLUMNS: readonly ColumnSpec[] = [
  { name: 'proto', kind: 'categorical', role: 'feature' },
  { name: 'service', kind: 'categorical', role: 'feature' },
  { name: 'id.orig_h', kind: 'categorical', role: 'shortcut' },
  { name: 'id.orig_p', kind: 'numeric', role: 'shortcut', range: [0, PORT] },
  { name: 'id.resp_h', kind: 'categorical', role: 'shortcut' },
  { name: 'id.resp_p', kind: 'numeric', role: 'feature', range: [0, PORT] },
  { name: 'flags', kind: 'categorical', role: 'feature' },
  { name: 'orig_pkts', kind: 'numeric', role: 'feature', range: [0, Infinity] },
  { name: 'resp_pkts', kind: 'numeric', role: 'feature', range: [0, Infinity] },
];

/** Services that a form offers; any other may be named too. */
export const FLOW_SERVICES: readonly string[] = [
  'none',
  ...['dns', 'http', 'ssl', 'quic', 'ssh', 'smb', 'ftp', 'smtp', 'imap', 'pop3', 'ntp', 'dhcp', 'rdp', 'ldap', 'krb'],
  ...['mdns', 'ssdp', 'snmp', 'syslog', 'telnet', 'sip', 'mqtt', 'mysql', 'redis', 'modbus', 'dnp3'],
];

function rangeOf({ unit, id }: FeatureDefinition): [number, number] {
  if (unit === 'share' || unit === 'yes/no') return [0, 1];
  if (unit === 'balance') return [-1, 1];
  return id === 'first_size' || id === 'second_size' ? [-PORT, PORT] : [0, Infinity];
}

/** What may be said of a flow. */
export const FLOW_RECORD_COLUMNS: readonly ColumnSpec[] = [
  ...FLOW_COLUMNS,
  ...FLOW_FEATURES.map((feature): ColumnSpec =>
    feature.kind === 'categorical'
      ? { name: feature.id, kind: 'categorical', role: 'feature' }
      : { name: feature.id, kind: 'numeric', role: 'feature', range: rangeOf(feature) },
  ),
];

const INDEX: ReadonlyMap<string, number> = new Map(FLOW_FEATURES.map(({ id }, i) => [id, i]));
/** Columns that say the same as a feature. */
const SAME: readonly (readonly [column: string, feature: string])[] = [
  ['proto', 'protocol'],
  ['orig_pkts', 'orig_packets'],
  ['resp_pkts', 'resp_packets'],
];
const FLAG_SHARES = ['syn', 'fin', 'rst', 'psh', 'urg'] as const;
const ANSWERED = new Set(['SF', 'S1', 'S2', 'S3']);
const LEAST_DURATION_S = 0.001;
const USER_PORTS = 1024;
const DYNAMIC_PORTS = 49_152;

/** Features by their place in the catalogue; NaN: unknown. */
export class FlowFeatures {
  readonly values = new Float64Array(FLOW_FEATURES.length).fill(NaN);

  get(id: string): number {
    return this.values[INDEX.get(id)!]!;
  }

  /** Unless it is known already. */
  put(id: string, value: number): void {
    const at = INDEX.get(id)!;
    if (Number.isNaN(this.values[at]!)) this.values[at] = value;
  }
}

/** Known values by name. @throws SondeError `bad-request` for one that its column cannot have. */
export function knownOf(record: PartialRecord): Map<string, number | string> {
  const known = new Map<string, number | string>();
  for (const spec of FLOW_RECORD_COLUMNS) {
    const given = Object.hasOwn(record, spec.name) ? record[spec.name] : undefined;
    const value = valueOf(spec, given === '-' ? undefined : given);
    if (typeof value === 'number' && Math.abs(value) > GREATEST)
      throw badValue(spec.name, 'is larger than anything that is counted');
    if (value !== undefined) known.set(spec.name, value);
  }
  return known;
}

const PROTOCOL_NUMBERS: Readonly<Record<string, string>> = { 1: 'icmp', 6: 'tcp', 17: 'udp', 58: 'icmp6', 132: 'sctp' };

/** Place in the vocabulary. @throws SondeError `bad-request` for a word that is not in it. */
function classOf({ id, vocabulary }: CategoricalFeature, column: string, word: string): number {
  const plain = id === 'conn_state' ? word.toUpperCase() : word.toLowerCase();
  const at = vocabulary.indexOf(id === 'protocol' ? (PROTOCOL_NUMBERS[plain] ?? plain) : plain);
  if (at >= 0) return at;
  // Protocols and services are many, and the vocabulary has a word for all others.
  if (vocabulary.includes('other')) return vocabulary.indexOf('other');
  throw badValue(column, `is none of ${vocabulary.join(', ')}`);
}

function given(known: ReadonlyMap<string, number | string>, out: FlowFeatures): void {
  for (const feature of FLOW_FEATURES) {
    const names = [feature.id, ...SAME.filter(([, id]) => id === feature.id).map(([name]) => name)];
    const name = names.find((each) => known.has(each));
    if (name === undefined) continue;
    const value = known.get(name)!;
    out.put(feature.id, feature.kind === 'categorical' ? classOf(feature, name, String(value)) : Number(value));
  }
}

/** What one side sent: where it was nothing, or one packet, all of it is known. */
function portions(side: 'orig' | 'resp', out: FlowFeatures): void {
  const packets = out.get(`${side}_packets`);
  if (packets === 0) out.put(`${side}_bytes`, 0);
  const bytes = out.get(`${side}_bytes`);
  if (packets <= 1) {
    for (const id of ['gap_mean', 'gap_max', 'gap_variation']) out.put(`${side}_${id}`, 0);
    out.put(`${side}_retransmit_share`, 0);
  }
  if (bytes === 0) {
    for (const id of ['mean_size', 'size_sd', 'size_max', 'data_share']) out.put(`${side}_${id}`, 0);
  } else if (packets === 1 && bytes > 0) {
    out.put(`${side}_mean_size`, bytes);
    out.put(`${side}_size_max`, bytes);
    out.put(`${side}_size_sd`, 0);
    out.put(`${side}_data_share`, 1);
  }
}

function together(out: FlowFeatures): void {
  const [sent, got] = [out.get('orig_bytes'), out.get('resp_bytes')];
  const packets = out.get('orig_packets') + out.get('resp_packets');
  const rate = packets > 1 ? 1 / Math.max(out.get('duration'), LEAST_DURATION_S) : packets <= 1 ? 0 : NaN;
  if (packets <= 1) out.put('duration', 0);
  out.put('packet_rate', (packets - 1) * rate);
  out.put('byte_rate', (sent + got) * rate);
  if (sent + got >= 0) out.put('byte_balance', sent + got === 0 ? 0 : (sent - got) / (sent + got));
  if (sent + got === 0) {
    out.put('first_size', 0);
    out.put('second_size', 0);
  } else if (packets === 1) {
    out.put('first_size', sent > 0 ? sent : -got);
    out.put('second_size', 0);
  } else if (out.get('orig_packets') === 1 && out.get('resp_packets') === 1 && sent > 0 && got > 0) {
    out.put('first_size', sent);
    out.put('second_size', -got);
  }
}

function answer(out: FlowFeatures): void {
  const state = PROTOCOL_STATES[out.get('conn_state')];
  if (state === 'S0' || out.get('resp_packets') === 0) {
    out.put('resp_packets', 0);
    out.put('answered', 0);
  } else if (state !== undefined && ANSWERED.has(state)) out.put('answered', 1);
  if (out.get('answered') === 0) out.put('response_time', 0);
}

const STATE_FEATURE = FLOW_FEATURES[INDEX.get('conn_state')!]!;
const PROTOCOL_STATES: readonly string[] = STATE_FEATURE.kind === 'categorical' ? STATE_FEATURE.vocabulary : [];
const TCP = PROTOCOL_CLASSES.indexOf('tcp');

/** Flags that were seen, of either side; undefined where that is not said. */
function flagsOf(known: ReadonlyMap<string, number | string>): Set<string> | undefined {
  const text = known.get('flags');
  if (typeof text !== 'string') return undefined;
  return new Set(
    text
      .toLowerCase()
      .split(/[^a-z]+/)
      .filter((flag) => flag !== '' && flag !== 'none'),
  );
}

function flagShares(known: ReadonlyMap<string, number | string>, out: FlowFeatures): void {
  const protocol = out.get('protocol');
  if (Number.isNaN(protocol)) return;
  if (protocol !== TCP) {
    for (const flag of FLAG_SHARES) out.put(`${flag}_share`, 0);
    return out.put('odd_flags', 0);
  }
  const single = out.get('orig_packets') === 1 && out.get('resp_packets') === 0;
  const attempted = PROTOCOL_STATES[out.get('conn_state')] === 'S0';
  const flags = flagsOf(known) ?? (single && attempted ? new Set(['syn']) : undefined);
  if (!flags) return;
  for (const flag of FLAG_SHARES) {
    if (!flags.has(flag)) out.put(`${flag}_share`, 0);
    else if (single) out.put(`${flag}_share`, 1);
  }
  if (single || !['syn', 'ack', 'rst'].some((flag) => flags.has(flag))) {
    out.put('odd_flags', ['syn', 'ack', 'rst'].some((flag) => flags.has(flag)) ? 0 : 1);
  }
}

function classes(known: ReadonlyMap<string, number | string>, out: FlowFeatures): void {
  const service = known.get('service');
  if (typeof service === 'string') {
    const plain = service.toLowerCase();
    out.put('service_class', plain === 'none' ? SERVICE_CLASSES.indexOf('none') : serviceClass(plain));
  }
  const protocol = PROTOCOL_CLASSES[out.get('protocol')];
  if (protocol === undefined) return;
  if (!['tcp', 'udp', 'sctp'].includes(protocol)) return out.put('port_class', PORT_CLASSES.indexOf('none'));
  const port = known.get('id.resp_p');
  if (typeof port !== 'number') return;
  const range = port < USER_PORTS ? 'system' : port < DYNAMIC_PORTS ? 'user' : 'dynamic';
  out.put('port_class', PORT_CLASSES.indexOf(range));
}

/** Features that are known, or follow from what is. */
export function featuresOf(known: ReadonlyMap<string, number | string>): FlowFeatures {
  const out = new FlowFeatures();
  given(known, out);
  // No other protocol has flags.
  if (Number.isNaN(out.get('protocol')) && (flagsOf(known)?.size ?? 0) > 0) out.put('protocol', TCP);
  answer(out);
  portions('orig', out);
  portions('resp', out);
  together(out);
  flagShares(known, out);
  classes(known, out);
  return out;
}

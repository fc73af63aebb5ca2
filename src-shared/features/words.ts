/** Values in words, for people. */
import type { CategoricalFeature, FeatureDefinition, FeatureUnit } from './types.ts';

/** A number with at most three significant digits and separators of thousands. */
export function plainNumber(value: number): string {
  if (!Number.isFinite(value)) return 'unknown';
  const size = Math.abs(value);
  if (size >= 100) return Math.round(value).toLocaleString('en-US');
  return String(Number(value.toPrecision(size >= 10 ? 3 : 2)));
}

const BYTE_UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'] as const;

/** Bytes in decimal units: "48 MB". */
export function bytesText(value: number): string {
  let size = Math.abs(value);
  let unit = 0;
  while (size >= 999.5 && unit < BYTE_UNITS.length - 1) {
    size /= 1000;
    unit++;
  }
  const digits = unit === 0 ? Math.round(size) : Number(size.toPrecision(size >= 100 ? 3 : 2));
  return `${value < 0 ? '−' : ''}${digits} ${BYTE_UNITS[unit]}`;
}

/** A time span: "3 ms", "2.5 s", "4 min", "1.5 h". */
export function secondsText(value: number): string {
  if (value === 0) return '0 s';
  if (value < 0.001) return `${plainNumber(value * 1e6)} µs`;
  if (value < 1) return `${plainNumber(value * 1e3)} ms`;
  if (value < 120) return `${plainNumber(value)} s`;
  if (value < 7200) return `${plainNumber(value / 60)} min`;
  return `${plainNumber(value / 3600)} h`;
}

const COUNTED: Partial<Record<FeatureUnit, readonly [string, string]>> = {
  packets: ['packet', 'packets'],
  flows: ['connection', 'connections'],
  hosts: ['host', 'hosts'],
  ports: ['port', 'ports'],
  fragments: ['fragment', 'fragments'],
};

function counted(value: number, [one, many]: readonly [string, string]): string {
  const text = plainNumber(Math.round(value));
  return `${text} ${text === '1' ? one : many}`;
}

/** What classes are called where they would be codes: of a feature, by the word of its vocabulary. */
const CLASSES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  protocol: { tcp: 'TCP', udp: 'UDP', icmp: 'ICMP', icmp6: 'ICMPv6', sctp: 'SCTP', other: 'another' },
  conn_state: {
    OTH: 'seen only from its middle',
    S0: 'no answer',
    S1: 'established, not closed',
    SF: 'complete',
    REJ: 'refused',
    S2: 'closed by its originator only',
    S3: 'closed by its responder only',
    RSTO: 'reset by its originator',
    RSTR: 'reset by its responder',
    RSTOS0: 'reset by its originator before an answer',
    RSTRH: 'answered and reset, no opening seen',
    SH: 'opened and ended, no answer',
    SHR: 'answered and ended, no opening seen',
  },
  service_class: {
    none: 'none recognised',
    dns: 'DNS',
    web: 'HTTP',
    tls: 'TLS',
    quic: 'QUIC',
    file: 'file transfer',
    directory: 'directory or sign-on',
    remote: 'remote access',
    time: 'clock time',
    address: 'address assignment',
    management: 'network management',
    industrial: 'industrial control',
    other: 'another',
  },
  port_class: { none: 'none', system: 'below 1024', user: '1024 to 49151', dynamic: '49152 and above' },
};

function classText({ id, vocabulary }: CategoricalFeature, value: number): string {
  const word = vocabulary[Math.round(value)] ?? 'other';
  return CLASSES[id]?.[word] ?? word;
}

/** A value of a feature with its unit. */
export function valueText(definition: FeatureDefinition, value: number): string {
  if (definition.kind === 'categorical') return classText(definition, value);
  const words = COUNTED[definition.unit];
  if (words) return counted(value, words);
  switch (definition.unit) {
    case 'bytes':
      return definition.transform === 'signed-log' ? directedBytes(value) : bytesText(value);
    case 'bytes/s':
      return `${bytesText(value)}/s`;
    case 'packets/s':
      return `${plainNumber(value)} packets/s`;
    case 'seconds':
      return secondsText(value);
    case 'share':
      return `${plainNumber(value * 100)} %`;
    case 'yes/no':
      return value >= 0.5 ? 'yes' : 'no';
    default:
      return plainNumber(value);
  }
}

/** First payload sizes carry the direction in their sign. */
function directedBytes(value: number): string {
  if (value === 0) return 'nothing';
  return `${bytesText(Math.abs(value))} ${value > 0 ? 'sent' : 'received'}`;
}

/** Features of which 0 means that there was nothing to measure. */
const NONE: ReadonlyMap<string, string> = new Map([
  ['response_time', 'got no answer to time'],
  ['pair_gap', 'was the first between the two for long'],
  ['pair_regularity', 'came in no known rhythm'],
  ['orig_gap_mean', 'sent at most one packet, so no rhythm'],
  ['resp_gap_mean', 'got at most one packet, so no rhythm'],
]);

/**
 * "sent 48 MB to the other side (usual: 12 kB)"; where it is known what is usual for the host that opened the flow,
 * "(usual for this host: 12 kB)", or, where that is this very value, "(usual for this host; elsewhere 12 kB)".
 */
export function attributionText(
  definition: FeatureDefinition,
  value: number,
  usual: number,
  usualForHost?: number,
): string {
  const none = value === 0 ? NONE.get(definition.id) : undefined;
  const said = none ?? definition.phrase.replace('{}', valueText(definition, value));
  return `${said} (${usualText(definition, value, usual, usualForHost)})`;
}

function usualText(definition: FeatureDefinition, value: number, usual: number, usualForHost?: number): string {
  const anywhere = valueText(definition, usual);
  if (usualForHost === undefined) return `usual: ${anywhere}`;
  if (readsAlike(definition, value, usualForHost)) return `usual for this host; elsewhere ${anywhere}`;
  return `usual for this host: ${valueText(definition, usualForHost)}`;
}

/** Whether a value and the usual one read the same: then the pair explains nothing to a person. */
export function readsAlike(definition: FeatureDefinition, value: number, usual: number): boolean {
  return valueText(definition, value) === valueText(definition, usual);
}

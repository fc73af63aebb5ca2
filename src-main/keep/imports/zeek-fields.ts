/** The fields of Zeek's conn.log (docs.zeek.org, "conn.log") to a record, whichever way they were written. */
import { CONN_STATES, HISTORY_MAX } from '../../meter/flows/types.ts';
import { isIPv4 } from '../../meter/hosts.ts';
import { PROTO } from '../../meter/packets/types.ts';
import { flagsOfHistory } from './guess.ts';
import { FlowRecord, STATE_UNKNOWN } from './record.ts';
import { addressInto, calendarMoment, countOf, decimalTime, millis, portOf, setTimes, type Exact } from './values.ts';

export const ZEEK_FIELDS = [
  'ts',
  'id.orig_h',
  'id.orig_p',
  'id.resp_h',
  'id.resp_p',
  'proto',
  'service',
  'duration',
  'orig_bytes',
  'resp_bytes',
  'conn_state',
  'missed_bytes',
  'history',
  'orig_pkts',
  'orig_ip_bytes',
  'resp_pkts',
  'resp_ip_bytes',
  'vlan',
  'ip_proto',
  'app',
] as const;
export type ZeekField = (typeof ZEEK_FIELDS)[number];

/** Without these a record is no flow. */
export const ZEEK_NEEDED: readonly ZeekField[] = ['ts', 'id.orig_h', 'id.orig_p', 'id.resp_h', 'id.resp_p', 'proto'];

const PLACE = Object.fromEntries(ZEEK_FIELDS.map((name, i) => [name, i])) as Record<ZeekField, number>;
const STATES: ReadonlyMap<string, number> = new Map(CONN_STATES.map((name, i) => [name, i]));
const HISTORY = /^[\^A-Za-z]*$/;
/** Epochs above this are milliseconds: as seconds they lie beyond the year 5000. */
const MILLISECONDS_FROM = 1e11;
const TEXT_MAX = 256;

/** A record's values by place in ZEEK_FIELDS; undefined where one is unset. */
export type ZeekValues = (string | undefined)[];

function timeOf(text: string): Exact | null {
  const decimal = decimalTime(text);
  if (!decimal) return calendarMoment(text);
  return decimal.sec >= MILLISECONDS_FROM ? millis(decimal.sec + decimal.nano / 1e9) : decimal;
}

function protoOf(name: string, number: string | undefined, v4: boolean): number {
  switch (name) {
    case 'tcp':
      return PROTO.TCP;
    case 'udp':
      return PROTO.UDP;
    case 'icmp':
    case 'icmp6':
      return v4 ? PROTO.ICMP : PROTO.ICMPV6;
    case 'sctp':
      return PROTO.SCTP;
    default: {
      const known = number === undefined ? NaN : countOf(number);
      return known <= 255 ? known : 0;
    }
  }
}

const NUMBERS = [
  ['orig_bytes', 'origBytes'],
  ['resp_bytes', 'respBytes'],
  ['missed_bytes', 'missedBytes'],
  ['orig_pkts', 'origPkts'],
  ['orig_ip_bytes', 'origIpBytes'],
  ['resp_pkts', 'respPkts'],
  ['resp_ip_bytes', 'respIpBytes'],
] as const;

function setEnds(record: FlowRecord, values: ZeekValues): string | undefined {
  for (const [field, at] of [
    ['id.orig_h', 0],
    ['id.resp_h', 4],
  ] as const) {
    if (!addressInto(values[PLACE[field]] ?? '', record.ends, at)) return `${field} is no address`;
  }
  record.origPort = portOf(values[PLACE['id.orig_p']] ?? '');
  record.respPort = portOf(values[PLACE['id.resp_p']] ?? '');
  if (Number.isNaN(record.origPort)) return 'id.orig_p is no port';
  if (Number.isNaN(record.respPort)) return 'id.resp_p is no port';
  record.proto = protoOf(values[PLACE.proto] ?? '', values[PLACE.ip_proto], isIPv4(record.ends, 0));
  return undefined;
}

function setCounts(record: FlowRecord, values: ZeekValues): string | undefined {
  for (const [field, name] of NUMBERS) {
    const text = values[PLACE[field]];
    if (text === undefined) continue;
    const count = countOf(text);
    if (Number.isNaN(count)) return `${field} is no count`;
    record[name] = count;
  }
  // Without packet counters (a trimmed log) a flow had at least the packet that began it.
  if (values[PLACE.orig_pkts] === undefined && values[PLACE.resp_pkts] === undefined) estimate(record);
  record.hasBytes = values[PLACE.orig_bytes] === undefined && values[PLACE.resp_bytes] === undefined ? 0 : 1;
  return undefined;
}

const SEGMENT = 1448;
const HEADERS = 40;

function estimate(record: FlowRecord): void {
  record.origPkts = Math.max(1, Math.ceil(record.origBytes / SEGMENT));
  record.respPkts = Math.ceil(record.respBytes / SEGMENT);
  record.origIpBytes = record.origBytes + record.origPkts * HEADERS;
  record.respIpBytes = record.respBytes + record.respPkts * HEADERS;
}

function setWords(record: FlowRecord, values: ZeekValues): string | undefined {
  const state = values[PLACE.conn_state];
  record.connState = state === undefined ? STATE_UNKNOWN : (STATES.get(state) ?? -2);
  if (record.connState === -2) return 'conn_state is none of Zeek’s';
  const history = values[PLACE.history] ?? '';
  if (!HISTORY.test(history)) return 'history has other letters than Zeek’s';
  record.history = history.slice(0, HISTORY_MAX);
  record.flipped = history.startsWith('^');
  if (record.proto === PROTO.TCP) {
    const flags = flagsOfHistory(record.history);
    record.origFlags = flags.orig;
    record.respFlags = flags.resp;
  }
  record.service = (values[PLACE.service] ?? '').slice(0, TEXT_MAX);
  record.app = (values[PLACE.app] ?? '').slice(0, TEXT_MAX);
  const vlan = countOf(values[PLACE.vlan] ?? '');
  record.vlan = vlan < 4096 ? vlan : 0;
  return undefined;
}

/** The record, or what is wrong with it. `exact`: its start where it is known more exactly than `ts` says. */
export function zeekRecord(values: ZeekValues, exact?: Exact): FlowRecord | string {
  const record = new FlowRecord();
  const start = exact ?? timeOf(values[PLACE.ts] ?? '');
  if (!start) return 'ts is no time';
  const duration = values[PLACE.duration];
  const length = duration === undefined ? { sec: 0, nano: 0 } : decimalTime(duration);
  if (!length) return 'duration is no number of seconds';
  return (
    setTimes(record, start, length) ??
    setEnds(record, values) ??
    setCounts(record, values) ??
    setWords(record, values) ??
    record
  );
}

/** A flow as one line of `--flows`: Zeek's conn.log names, then Sonde's own. One text for NDJSON, one for CSV. */
import { formatAddress } from '../hosts.ts';
import { PROTO } from '../packets/types.ts';
import { communityId } from './community-id.ts';
import { historyText } from './history.ts';
import { icmpCounterpart } from './icmp.ts';
import { CONN_STATES, HISTORY_MAX, type FlowBatch } from './types.ts';
import { rowUid, uidText } from './uid.ts';

/** In the order of both formats. */
export const FLOW_FIELDS = [
  'ts',
  'ts_ns',
  'uid',
  'community_id',
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
  'tunnel_parents',
  'app',
  'score',
  'anomalous',
  'detectors',
  'incidents',
] as const;

/** What later stages know of the flow. */
export interface FlowVerdict {
  /** 0…1, or null when it was not scored. */
  score: number | null;
  anomalous: boolean;
  /** Detector id → score. */
  detectors: Readonly<Record<string, number>>;
  /** Incident uids. */
  incidents: readonly string[];
}

export const NO_VERDICT: FlowVerdict = { score: null, anomalous: false, detectors: {}, incidents: [] };

const ZEROS = '000000000';
const PLAIN = /^[\x20\x21\x23-\x5b\x5d-\x7e]*$/;
const CSV_PLAIN = /^[^",\r\n]*$/;

function quote(text: string): string {
  return PLAIN.test(text) ? `"${text}"` : JSON.stringify(text);
}

function csv(text: string): string {
  return CSV_PLAIN.test(text) ? text : `"${text.replaceAll('"', '""')}"`;
}

/** Exact decimal seconds: whole seconds (may be negative) and nanoseconds, without trailing zeros beyond microseconds. */
export function decimalSeconds(sec: number, nano: number): string {
  if (sec < 0 && nano > 0) {
    return '-' + decimalSeconds(-sec - 1, 1e9 - nano);
  }
  let fraction = (ZEROS + nano).slice(-9);
  if (fraction.endsWith('000')) fraction = fraction.slice(0, 6);
  return `${sec}.${fraction}`;
}

/** Nanoseconds since 1970 as an exact integer. */
function nanosecondsText(sec: number, nano: number): string {
  if (sec >= 0) return sec === 0 ? String(nano) : sec + (ZEROS + nano).slice(-9);
  return String(BigInt(sec) * 1000000000n + BigInt(nano));
}

function durationText(columns: FlowBatch['columns'], row: number): string {
  let sec = columns.lastSec[row]! - columns.sec[row]!;
  let nano = columns.lastNano[row]! - columns.nano[row]!;
  if (nano < 0) {
    sec--;
    nano += 1e9;
  }
  return decimalSeconds(sec, nano);
}

/** Zeek's `proto`: it names no transport but these. */
export function protoName(proto: number): string {
  switch (proto) {
    case PROTO.TCP:
      return 'tcp';
    case PROTO.UDP:
      return 'udp';
    case PROTO.ICMP:
    case PROTO.ICMPV6:
      return 'icmp';
    default:
      return 'unknown_transport';
  }
}

function isIcmp(proto: number): boolean {
  return proto === PROTO.ICMP || proto === PROTO.ICMPV6;
}

/** Community ID of the flow in a row of a batch. */
export function rowCommunityId(columns: FlowBatch['columns'], row: number): string {
  const proto = columns.proto[row]!;
  return communityId(columns, row, isIcmp(proto) && icmpCounterpart(proto, columns.origPort[row]!) < 0);
}

/** The fields that conn.log has, as JSON values; `none` stands where Zeek would leave one unset. */
interface Basics {
  ts: string;
  tsNs: string;
  uid: string;
  community: string;
  origH: string;
  origP: number;
  respH: string;
  respP: number;
  proto: string;
  duration: string;
  origBytes: string;
  respBytes: string;
  state: string;
  history: string;
  vlan: string;
  parent: string;
}

function basics(columns: FlowBatch['columns'], row: number, none: string): Basics {
  const proto = columns.proto[row]!;
  const name = protoName(proto);
  const ports = name !== 'unknown_transport';
  const known = columns.hasBytes[row] !== 0;
  const vlan = columns.vlan[row]! & 0xfff;
  return {
    ts: decimalSeconds(columns.sec[row]!, columns.nano[row]!),
    tsNs: nanosecondsText(columns.sec[row]!, columns.nano[row]!),
    uid: rowUid(columns, row),
    community: rowCommunityId(columns, row),
    origH: formatAddress(columns.orig, row * 4),
    origP: ports ? columns.origPort[row]! : 0,
    respH: formatAddress(columns.resp, row * 4),
    respP: ports ? columns.respPort[row]! : 0,
    proto: name,
    duration: known ? durationText(columns, row) : none,
    origBytes: known ? String(columns.origBytes[row]!) : none,
    respBytes: known ? String(columns.respBytes[row]!) : none,
    state: CONN_STATES[columns.connState[row]!] ?? 'OTH',
    history: historyText(columns.history, row * HISTORY_MAX, columns.historyLength[row]!),
    vlan: vlan === 0 ? none : String(vlan),
    parent: columns.parent[row]! < 0 ? '' : uidText(columns.parentUid, row * 3),
  };
}

function detectorsJson(detectors: Readonly<Record<string, number>>): string {
  const keys = Object.keys(detectors);
  return keys.length === 0 ? '{}' : JSON.stringify(detectors);
}

/** One JSON object, without the line's end. Unset values are null. */
export function flowJson(batch: FlowBatch, row: number, verdict: FlowVerdict = NO_VERDICT): string {
  const c = batch.columns;
  const meta = batch.meta[row];
  const b = basics(c, row, 'null');
  const service = meta?.service ? quote(meta.service) : 'null';
  const app = meta?.app ? quote(meta.app) : 'null';
  const incidents = verdict.incidents.length === 0 ? '[]' : JSON.stringify(verdict.incidents);
  return (
    `{"ts":${b.ts},"ts_ns":"${b.tsNs}","uid":"${b.uid}","community_id":"${b.community}"` +
    `,"id.orig_h":"${b.origH}","id.orig_p":${b.origP},"id.resp_h":"${b.respH}","id.resp_p":${b.respP}` +
    `,"proto":"${b.proto}","service":${service},"duration":${b.duration}` +
    `,"orig_bytes":${b.origBytes},"resp_bytes":${b.respBytes},"conn_state":"${b.state}"` +
    `,"missed_bytes":${c.missedBytes[row]!},"history":${b.history === '' ? 'null' : `"${b.history}"`}` +
    `,"orig_pkts":${c.origPkts[row]!},"orig_ip_bytes":${c.origIpBytes[row]!}` +
    `,"resp_pkts":${c.respPkts[row]!},"resp_ip_bytes":${c.respIpBytes[row]!}` +
    `,"vlan":${b.vlan},"tunnel_parents":${b.parent === '' ? 'null' : `["${b.parent}"]`}` +
    `,"app":${app},"score":${verdict.score ?? 'null'},"anomalous":${verdict.anomalous}` +
    `,"detectors":${detectorsJson(verdict.detectors)},"incidents":${incidents}}`
  );
}

/** The first line of the CSV, without the line's end. */
export const FLOW_CSV_HEADER = FLOW_FIELDS.join(',');

/** One CSV line, without its end. Unset values are "-" as in Zeek's logs; lists are joined by ";". */
export function flowCsv(batch: FlowBatch, row: number, verdict: FlowVerdict = NO_VERDICT): string {
  const c = batch.columns;
  const meta = batch.meta[row];
  const b = basics(c, row, '-');
  const detectors = Object.entries(verdict.detectors)
    .map(([id, score]) => `${id}=${score}`)
    .join(';');
  return (
    `${b.ts},${b.tsNs},${b.uid},${b.community},${b.origH},${b.origP},${b.respH},${b.respP},${b.proto}` +
    `,${meta?.service ? csv(meta.service) : '-'},${b.duration},${b.origBytes},${b.respBytes},${b.state}` +
    `,${c.missedBytes[row]!},${b.history === '' ? '-' : b.history}` +
    `,${c.origPkts[row]!},${c.origIpBytes[row]!},${c.respPkts[row]!},${c.respIpBytes[row]!}` +
    `,${b.vlan},${b.parent === '' ? '-' : b.parent},${meta?.app ? csv(meta.app) : '-'}` +
    `,${verdict.score ?? '-'},${verdict.anomalous},${detectors === '' ? '-' : csv(detectors)}` +
    `,${verdict.incidents.length === 0 ? '-' : csv(verdict.incidents.join(';'))}`
  );
}

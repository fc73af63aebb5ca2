/** A flow as one line of `--flows`: Zeek's conn.log names, then Sonde's own. One text for NDJSON, one for CSV. */
import { PROTO } from '../packets/types.ts';
import { communityId } from './community-id.ts';
import { icmpCounterpart } from './icmp.ts';
import { fixed, TextSink } from './text-sink.ts';
import { CONN_STATES, HISTORY_MAX, type FlowBatch } from './types.ts';
import { writeRowUid, writeUid } from './uid.ts';

/** In the order of both formats; NDJSON has `facts` behind them. */
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

/** In the order of NDJSON; `process` follows where it is known. */
export const FLOW_JSON_FIELDS = [...FLOW_FIELDS, 'facts'] as const;

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
const BILLION = 1e9;
/** More than the fixed parts, numbers, addresses and identifiers of a line take. */
const LINE_BYTES = 2048;

type FlowColumns = FlowBatch['columns'];

function quote(text: string): string {
  return PLAIN.test(text) ? `"${text}"` : JSON.stringify(text);
}

function csv(text: string): string {
  return CSV_PLAIN.test(text) ? text : `"${text.replaceAll('"', '""')}"`;
}

/** Exact decimal seconds: whole seconds (may be negative) and nanoseconds, without trailing zeros beyond microseconds. */
export function decimalSeconds(sec: number, nano: number): string {
  if (sec < 0 && nano > 0) {
    return '-' + decimalSeconds(-sec - 1, BILLION - nano);
  }
  let fraction = (ZEROS + nano).slice(-9);
  if (fraction.endsWith('000')) fraction = fraction.slice(0, 6);
  return `${sec}.${fraction}`;
}

const POINT = 0x2e;

function writeSeconds(out: TextSink, sec: number, nano: number): void {
  if (sec < 0) {
    out.text(decimalSeconds(sec, nano));
    return;
  }
  out.number(sec);
  out.bytes[out.length++] = POINT;
  if (nano % 1000 === 0) out.digits(nano / 1000, 6);
  else out.digits(nano, 9);
}

/** Nanoseconds since 1970 as an exact integer. */
function writeNanoseconds(out: TextSink, sec: number, nano: number): void {
  if (sec < 0) out.text(String(BigInt(sec) * 1000000000n + BigInt(nano)));
  else if (sec === 0) out.number(nano);
  else {
    out.number(sec);
    out.digits(nano, 9);
  }
}

function writeDuration(out: TextSink, columns: FlowColumns, row: number): void {
  let sec = columns.lastSec[row]! - columns.sec[row]!;
  let nano = columns.lastNano[row]! - columns.nano[row]!;
  if (nano < 0) {
    sec--;
    nano += BILLION;
  }
  writeSeconds(out, sec, nano);
}

function writeHistory(out: TextSink, { history, historyLength }: FlowColumns, row: number): void {
  const base = row * HISTORY_MAX;
  const length = historyLength[row]!;
  for (let i = 0; i < length; i++) out.bytes[out.length++] = history[base + i]!;
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

const TCP = fixed('tcp');
const UDP = fixed('udp');
const ICMP = fixed('icmp');
const OTHER = fixed(protoName(0));

function protoBytes(proto: number): Uint8Array {
  if (proto === PROTO.TCP) return TCP;
  if (proto === PROTO.UDP) return UDP;
  return isIcmp(proto) ? ICMP : OTHER;
}

const STATES = CONN_STATES.map(fixed);
const STATE_OTH = fixed('OTH');

function isIcmp(proto: number): boolean {
  return proto === PROTO.ICMP || proto === PROTO.ICMPV6;
}

function isOneWay(columns: FlowColumns, row: number): boolean {
  const proto = columns.proto[row]!;
  return isIcmp(proto) && icmpCounterpart(proto, columns.origPort[row]!) < 0;
}

/** Community ID of the flow in a row of a batch. */
export function rowCommunityId(columns: FlowColumns, row: number): string {
  return communityId(columns, row, isOneWay(columns, row));
}

/** What stands before each value, and what where none is known. */
interface Layout {
  readonly ts: Uint8Array;
  readonly tsNs: Uint8Array;
  readonly uid: Uint8Array;
  readonly community: Uint8Array;
  readonly origH: Uint8Array;
  readonly origP: Uint8Array;
  readonly respH: Uint8Array;
  readonly respP: Uint8Array;
  readonly proto: Uint8Array;
  readonly service: Uint8Array;
  readonly duration: Uint8Array;
  readonly origBytes: Uint8Array;
  readonly respBytes: Uint8Array;
  readonly state: Uint8Array;
  readonly missed: Uint8Array;
  readonly history: Uint8Array;
  readonly historyEnd: Uint8Array;
  readonly noHistory: Uint8Array;
  readonly origPkts: Uint8Array;
  readonly origIp: Uint8Array;
  readonly respPkts: Uint8Array;
  readonly respIp: Uint8Array;
  readonly vlan: Uint8Array;
  readonly parents: Uint8Array;
  readonly parentsEnd: Uint8Array;
  readonly noParents: Uint8Array;
  readonly none: Uint8Array;
  text(text: string): string;
}

const JSON_LAYOUT: Layout = {
  ts: fixed('{"ts":'),
  tsNs: fixed(',"ts_ns":"'),
  uid: fixed('","uid":"'),
  community: fixed('","community_id":"'),
  origH: fixed('","id.orig_h":"'),
  origP: fixed('","id.orig_p":'),
  respH: fixed(',"id.resp_h":"'),
  respP: fixed('","id.resp_p":'),
  proto: fixed(',"proto":"'),
  service: fixed('","service":'),
  duration: fixed(',"duration":'),
  origBytes: fixed(',"orig_bytes":'),
  respBytes: fixed(',"resp_bytes":'),
  state: fixed(',"conn_state":"'),
  missed: fixed('","missed_bytes":'),
  history: fixed(',"history":"'),
  historyEnd: fixed('"'),
  noHistory: fixed(',"history":null'),
  origPkts: fixed(',"orig_pkts":'),
  origIp: fixed(',"orig_ip_bytes":'),
  respPkts: fixed(',"resp_pkts":'),
  respIp: fixed(',"resp_ip_bytes":'),
  vlan: fixed(',"vlan":'),
  parents: fixed(',"tunnel_parents":["'),
  parentsEnd: fixed('"]'),
  noParents: fixed(',"tunnel_parents":null'),
  none: fixed('null'),
  text: quote,
};

const COMMA = fixed(',');

const CSV_LAYOUT: Layout = {
  ts: fixed(''),
  tsNs: COMMA,
  uid: COMMA,
  community: COMMA,
  origH: COMMA,
  origP: COMMA,
  respH: COMMA,
  respP: COMMA,
  proto: COMMA,
  service: COMMA,
  duration: COMMA,
  origBytes: COMMA,
  respBytes: COMMA,
  state: COMMA,
  missed: COMMA,
  history: COMMA,
  historyEnd: fixed(''),
  noHistory: fixed(',-'),
  origPkts: COMMA,
  origIp: COMMA,
  respPkts: COMMA,
  respIp: COMMA,
  vlan: COMMA,
  parents: COMMA,
  parentsEnd: fixed(''),
  noParents: fixed(',-'),
  none: fixed('-'),
  text: csv,
};

/** The fields that conn.log has, up to and with `tunnel_parents`. Flat: it runs once a flow. */
function writeBasics(out: TextSink, c: FlowColumns, row: number, service: string | undefined, layout: Layout): void {
  const proto = c.proto[row]!;
  const hasPorts = proto === PROTO.TCP || proto === PROTO.UDP || isIcmp(proto);
  const known = c.hasBytes[row] !== 0;
  const sec = c.sec[row]!;
  const nano = c.nano[row]!;
  out.reserve(LINE_BYTES);
  out.fixed(layout.ts);
  writeSeconds(out, sec, nano);
  out.fixed(layout.tsNs);
  writeNanoseconds(out, sec, nano);
  out.fixed(layout.uid);
  out.length = writeRowUid(c, row, out.bytes, out.length);
  out.fixed(layout.community);
  out.text(rowCommunityId(c, row));
  out.reserve(LINE_BYTES);
  out.fixed(layout.origH);
  out.address(c.orig, row * 4);
  out.fixed(layout.origP);
  out.number(hasPorts ? c.origPort[row]! : 0);
  out.fixed(layout.respH);
  out.address(c.resp, row * 4);
  out.fixed(layout.respP);
  out.number(hasPorts ? c.respPort[row]! : 0);
  out.fixed(layout.proto);
  out.fixed(protoBytes(proto));
  out.fixed(layout.service);
  if (service) {
    out.text(layout.text(service));
    out.reserve(LINE_BYTES);
  } else out.fixed(layout.none);
  out.fixed(layout.duration);
  if (known) writeDuration(out, c, row);
  else out.fixed(layout.none);
  out.fixed(layout.origBytes);
  if (known) out.number(c.origBytes[row]!);
  else out.fixed(layout.none);
  out.fixed(layout.respBytes);
  if (known) out.number(c.respBytes[row]!);
  else out.fixed(layout.none);
  out.fixed(layout.state);
  out.fixed(STATES[c.connState[row]!] ?? STATE_OTH);
  out.fixed(layout.missed);
  out.number(c.missedBytes[row]!);
  if (c.historyLength[row] === 0) out.fixed(layout.noHistory);
  else {
    out.fixed(layout.history);
    writeHistory(out, c, row);
    out.fixed(layout.historyEnd);
  }
  out.fixed(layout.origPkts);
  out.number(c.origPkts[row]!);
  out.fixed(layout.origIp);
  out.number(c.origIpBytes[row]!);
  out.fixed(layout.respPkts);
  out.number(c.respPkts[row]!);
  out.fixed(layout.respIp);
  out.number(c.respIpBytes[row]!);
  out.fixed(layout.vlan);
  const vlan = c.vlan[row]! & 0xfff;
  if (vlan === 0) out.fixed(layout.none);
  else out.number(vlan);
  if (c.parent[row]! < 0) out.fixed(layout.noParents);
  else {
    out.fixed(layout.parents);
    out.length = writeUid(c.parentUid, row * 3, out.bytes, out.length);
    out.fixed(layout.parentsEnd);
  }
}

const NO_MORE = fixed(',"app":null,"score":null,"anomalous":false,"detectors":{},"incidents":[],"facts":{}}\n');

function detectorsJson(detectors: Readonly<Record<string, number>>): string {
  const keys = Object.keys(detectors);
  return keys.length === 0 ? '{}' : JSON.stringify(detectors);
}

const NO_FACTS = '{}';

function factsJson(facts: Readonly<Record<string, string>> = {}): string {
  for (const _ in facts) return JSON.stringify(facts);
  return NO_FACTS;
}

/** Appends one JSON object and the line's end. Unset values are null. */
export function writeFlowJson(out: TextSink, batch: FlowBatch, row: number, verdict: FlowVerdict = NO_VERDICT): void {
  const meta = batch.meta[row];
  writeBasics(out, batch.columns, row, meta?.service, JSON_LAYOUT);
  const facts = factsJson(meta?.facts);
  const program = meta?.process ? `,"process":${JSON.stringify(meta.process)}` : '';
  if (!meta?.app && verdict === NO_VERDICT && facts === NO_FACTS && program === '') {
    out.fixed(NO_MORE);
    return;
  }
  const incidents = verdict.incidents.length === 0 ? '[]' : JSON.stringify(verdict.incidents);
  out.text(
    `,"app":${meta?.app ? quote(meta.app) : 'null'},"score":${verdict.score ?? 'null'},"anomalous":${verdict.anomalous}` +
      `,"detectors":${detectorsJson(verdict.detectors)},"incidents":${incidents},"facts":${facts}${program}}\n`,
  );
}

/** The first line of the CSV, without the line's end. */
export const FLOW_CSV_HEADER = FLOW_FIELDS.join(',');

/** Appends one CSV line and its end. Unset values are "-" as in Zeek's logs; lists are joined by ";". */
export function writeFlowCsv(out: TextSink, batch: FlowBatch, row: number, verdict: FlowVerdict = NO_VERDICT): void {
  const meta = batch.meta[row];
  writeBasics(out, batch.columns, row, meta?.service, CSV_LAYOUT);
  const detectors = Object.entries(verdict.detectors)
    .map(([id, score]) => `${id}=${score}`)
    .join(';');
  out.text(
    `,${meta?.app ? csv(meta.app) : '-'},${verdict.score ?? '-'},${verdict.anomalous}` +
      `,${detectors === '' ? '-' : csv(detectors)}` +
      `,${verdict.incidents.length === 0 ? '-' : csv(verdict.incidents.join(';'))}\n`,
  );
}

/** The line of `writeFlowJson` without its end. */
export function flowJson(batch: FlowBatch, row: number, verdict: FlowVerdict = NO_VERDICT): string {
  const out = new TextSink();
  writeFlowJson(out, batch, row, verdict);
  return out.take().slice(0, -1);
}

/** The line of `writeFlowCsv` without its end. */
export function flowCsv(batch: FlowBatch, row: number, verdict: FlowVerdict = NO_VERDICT): string {
  const out = new TextSink();
  writeFlowCsv(out, batch, row, verdict);
  return out.take().slice(0, -1);
}

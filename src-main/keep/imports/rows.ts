/** Records as rows of the tables that packets give: a flow's row, and what happened when it began. */
import { growColumns } from '../../meter/columns.ts';
import { TCP_FLAG } from '../../meter/flows/tcp.ts';
import {
  CONN_STATES,
  FLOW_END,
  flowEventSchema,
  flowSchema,
  HISTORY_MAX,
  type FlowBatch,
  type FlowEventBatch,
  type FlowMeta,
} from '../../meter/flows/types.ts';
import { isIPv4 } from '../../meter/hosts.ts';
import { PROTO } from '../../meter/packets/types.ts';
import { stateOf } from './guess.ts';
import type { FlowRecord } from './record.ts';

const { FIN, SYN, RST, PSH, ACK, URG } = TCP_FLAG;
/** Payload of a full segment: as many are taken to have carried a flow's bytes, and no fewer. */
const SEGMENT = 1448;
const NAMES = Object.keys(flowSchema) as (keyof typeof flowSchema)[];
/** States in which nobody shook hands. */
const ATTEMPTS = new Set(['S0', 'REJ', 'RSTOS0', 'SH'].map((name) => CONN_STATES.indexOf(name as never)));

/** A flow whose record was read. */
export interface OpenFlow {
  record: FlowRecord;
  id: number;
  origHost: number;
  respHost: number;
  /** Flows of the same ends that began at the very same time before it. */
  twin: number;
}

function dataPackets(bytes: number, packets: number): number {
  return bytes > 0 ? Math.min(packets, Math.max(1, Math.ceil(bytes / SEGMENT))) : 0;
}

/** Empties a batch whose rows were used: what no record tells stays zero. */
export function clearFlows(batch: FlowBatch): void {
  for (const name of NAMES) {
    const column = batch.columns[name];
    column.fill(0, 0, (column.length / batch.capacity) * batch.count);
  }
  batch.count = 0;
  batch.meta.length = 0;
}

function writeCounts(c: FlowBatch['columns'], row: number, record: FlowRecord): void {
  c.origPkts[row] = record.origPkts;
  c.respPkts[row] = record.respPkts;
  c.origIpBytes[row] = record.origIpBytes;
  c.respIpBytes[row] = record.respIpBytes;
  c.origBytes[row] = record.origBytes;
  c.respBytes[row] = record.respBytes;
  c.missedBytes[row] = record.missedBytes;
  c.hasBytes[row] = record.hasBytes;
  c.origPayload[row] = record.origBytes;
  c.respPayload[row] = record.respBytes;
  c.origDataPkts[row] = dataPackets(record.origBytes, record.origPkts);
  c.respDataPkts[row] = dataPackets(record.respBytes, record.respPkts);
  c.responseTime[row] = record.origPkts > 0 && record.respPkts > 0 ? 0 : -1;
}

function writeFlags(c: FlowBatch['columns'], row: number, record: FlowRecord, state: number): void {
  const { origFlags: o, respFlags: r } = record;
  const both = (flag: number): number => ((o & flag) !== 0 ? 1 : 0) + ((r & flag) !== 0 ? 1 : 0);
  c.origFlags[row] = o;
  c.respFlags[row] = r;
  c.synCount[row] = ATTEMPTS.has(state) && (o & ~SYN) === 0 ? record.origPkts : both(SYN);
  c.finCount[row] = both(FIN);
  c.rstCount[row] = both(RST);
  c.pshCount[row] = both(PSH);
  c.urgCount[row] = both(URG);
}

/** Appends the flow to `batch`, which grows where it has no room. */
export function writeFlow(batch: FlowBatch, { record, id, origHost, respHost, twin }: OpenFlow): void {
  if (batch.count === batch.capacity) {
    batch.columns = growColumns(flowSchema, batch.columns, batch.capacity * 2);
    batch.capacity *= 2;
  }
  const row = batch.count++;
  const c = batch.columns;
  c.id[row] = id;
  c.sec[row] = record.sec;
  c.nano[row] = record.nano;
  c.lastSec[row] = record.lastSec;
  c.lastNano[row] = record.lastNano;
  c.orig.set(record.ends.subarray(0, 4), row * 4);
  c.resp.set(record.ends.subarray(4, 8), row * 4);
  c.origPort[row] = record.origPort;
  c.respPort[row] = record.respPort;
  c.proto[row] = record.proto;
  c.origHost[row] = origHost;
  c.respHost[row] = respHost;
  c.vlan[row] = record.vlan;
  c.parent[row] = -1;
  c.ipv6[row] = isIPv4(record.ends, 0) ? 0 : 1;
  c.twin[row] = twin & 255;
  c.end[row] = FLOW_END.ORDINARY;
  c.flipped[row] = record.flipped ? 1 : 0;
  const state = stateOf(record);
  c.connState[row] = state;
  const length = Math.min(record.history.length, HISTORY_MAX);
  for (let i = 0; i < length; i++) c.history[row * HISTORY_MAX + i] = record.history.charCodeAt(i);
  c.historyLength[row] = length;
  writeCounts(c, row, record);
  if (record.proto === PROTO.TCP) writeFlags(c, row, record, state);
  batch.meta[row] = metaOf(record);
}

/** A network speaks few protocols: flows share what is said of them. */
const METAS = new Map<string, FlowMeta>();
const METAS_MAX = 4096;

function metaOf({ service, app }: FlowRecord): FlowMeta | undefined {
  if (service === '' && app === '') return undefined;
  const key = `${service}|${app}`;
  const known = METAS.get(key);
  if (known) return known;
  if (METAS.size >= METAS_MAX) METAS.clear();
  const made = { service, app, facts: {} };
  METAS.set(key, made);
  return made;
}

const FIRST_FLAGS: ReadonlyMap<string, number> = new Map([
  ['S', SYN],
  ['H', SYN | ACK],
  ['A', ACK],
  ['D', ACK | PSH],
  ['F', FIN],
  ['R', RST],
]);

/** TCP flags of the packet that began the flow, as far as anybody can tell. */
export function firstFlags(record: FlowRecord): number {
  if (record.proto !== PROTO.TCP) return 0;
  const letter = record.history.replace('^', '')[0];
  if (letter !== undefined) return FIRST_FLAGS.get(letter.toUpperCase()) ?? (record.history.includes('S') ? SYN : 0);
  const flags = record.origPkts > 0 ? record.origFlags : record.respFlags;
  if ((flags & SYN) !== 0 && record.origPkts > 1) return SYN;
  // Where nothing is known of flags: most flows begin so.
  return flags === 0 ? SYN : flags;
}

/** The responder refused, and did nothing else. */
export function wasRefused(record: FlowRecord): boolean {
  if (record.proto !== PROTO.TCP || record.respPkts === 0) return false;
  if (CONN_STATES[stateOf(record)] === 'REJ') return true;
  return (record.respFlags & RST) !== 0 && (record.respFlags & ~(RST | ACK)) === 0 && record.respBytes === 0;
}

/** Appends what happened at `sec` + `nano` to `events`, which grows where it has no room. */
export function writeEvent(
  events: FlowEventBatch,
  kind: number,
  { record, id, origHost, respHost }: OpenFlow,
  sec: number,
  nano: number,
  tcpFlags: number,
): void {
  if (events.count === events.capacity) {
    events.columns = growColumns(flowEventSchema, events.columns, events.capacity * 2);
    events.capacity *= 2;
  }
  const row = events.count++;
  const c = events.columns;
  c.kind[row] = kind;
  c.flow[row] = id;
  c.sec[row] = sec;
  c.nano[row] = nano;
  c.origHost[row] = origHost;
  c.respHost[row] = respHost;
  c.origPort[row] = record.origPort;
  c.respPort[row] = record.respPort;
  c.proto[row] = record.proto;
  c.tcpFlags[row] = tcpFlags;
  c.payloadLength[row] = firstPayload(record, tcpFlags);
  c.ttl[row] = 0;
  c.flipped[row] = record.flipped ? 1 : 0;
}

function firstPayload(record: FlowRecord, tcpFlags: number): number {
  if (record.proto === PROTO.TCP && (tcpFlags & PSH) === 0) return 0;
  return record.origPkts > 0 ? Math.min(65_535, Math.round(record.origBytes / record.origPkts)) : 0;
}

/** Rows of the large tables, as they are written: flows, windows, hosts. */
import type Database from 'better-sqlite3';
import { makeColumns } from '../../meter/columns.ts';
import { flowSchema, HISTORY_MAX } from '../../meter/flows/types.ts';
import { hostWindowSchema } from '../../meter/windows/types.ts';
import type { FlowRows, HostRow, WindowRows } from './types.ts';

const FLOW_COLUMNS = [
  'capture', 'id', 'uid', 'community_id', 'sec', 'nano', 'duration', 'orig_host', 'orig_address', 'orig_port',
  'resp_host', 'resp_address', 'resp_port', 'proto', 'service', 'app', 'conn_state', 'history', 'orig_bytes',
  'resp_bytes', 'missed_bytes', 'orig_pkts', 'orig_ip_bytes', 'resp_pkts', 'resp_ip_bytes', 'vlan', 'tunnel', 'parent',
  'score', 'anomalous', 'facts', 'process_name', 'process_pid', 'process_user',
]; // prettier-ignore

const WINDOW_COLUMNS = [
  'capture', 'host', 'length', 'start', 'packets_out', 'packets_in', 'bytes_out', 'bytes_in', 'flows_out', 'flows_in',
  'failed_out', 'failed_in', 'peers_out', 'ports_out', 'peers_in', 'new_peers', 'syn_out', 'rst_out', 'icmp_out',
  'arp_out', 'dns_queries', 'dns_failures', 'port_entropy', 'peer_entropy',
]; // prettier-ignore

const NANO = 1e-9;

/** Values of columns of a flow of which no inspector learned anything: they need not be bound one by one. */
const NOTHING_LEARNED: Readonly<Record<string, string>> = {
  service: "''",
  app: "''",
  facts: "''",
  process_name: "''",
  process_pid: 'NULL',
  process_user: "''",
};

/**
 * `isNew`: no such row is there. Otherwise those that are there are replaced, and to look for what may point to them takes a
 * third of the time of a row. `fixed`: values of columns that are not bound.
 */
export function insert(
  table: string,
  columns: readonly string[],
  isNew = false,
  fixed: Readonly<Record<string, string>> = {},
): string {
  const values = columns.map((name) => fixed[name] ?? '?').join(', ');
  return `INSERT ${isNew ? '' : 'OR REPLACE '}INTO ${table} (${columns.join(', ')}) VALUES (${values})`;
}

/** 16 bytes, most significant first. */
function addressBytes(words: Uint32Array, at: number): Buffer {
  const bytes = Buffer.allocUnsafe(16);
  for (let i = 0; i < 4; i++) bytes.writeUInt32BE(words[at + i]!, i * 4);
  return bytes;
}

export function addFlows(db: Database.Database, capture: number, rows: FlowRows, isNew: boolean): void {
  const c = makeColumns(flowSchema, rows.capacity, rows.columns);
  const statement = db.prepare(insert('flows', FLOW_COLUMNS, isNew));
  const bare = db.prepare(insert('flows', FLOW_COLUMNS, isNew, NOTHING_LEARNED));
  const history = Buffer.from(c.history.buffer, c.history.byteOffset, c.history.byteLength);
  for (let i = 0; i < rows.count; i++) {
    const duration = c.lastSec[i]! - c.sec[i]! + (c.lastNano[i]! - c.nano[i]!) * NANO;
    const known = c.hasBytes[i] === 1;
    const score = rows.score[i]!;
    const historyAt = i * HISTORY_MAX;
    const letters = history.latin1Slice(historyAt, historyAt + c.historyLength[i]!);
    const program = rows.processes?.[i];
    const origAddress = c.origHost[i] === 0 ? addressBytes(c.orig, i * 4) : null;
    const respAddress = c.respHost[i] === 0 ? addressBytes(c.resp, i * 4) : null;
    const [service, app, facts] = [rows.service[i]!, rows.app[i]!, rows.facts[i]!];
    if (service === '' && app === '' && facts === '' && !program) {
      bare.run(
        capture, c.id[i], rows.uid[i], rows.communityId[i], c.sec[i], c.nano[i], duration, c.origHost[i], origAddress,
        c.origPort[i], c.respHost[i], respAddress, c.respPort[i], c.proto[i], c.connState[i], letters,
        known ? c.origBytes[i] : null, known ? c.respBytes[i] : null, c.missedBytes[i], c.origPkts[i], c.origIpBytes[i],
        c.respPkts[i], c.respIpBytes[i], c.vlan[i], c.tunnel[i], c.parent[i]! < 0 ? null : c.parent[i],
        Number.isNaN(score) ? null : score, rows.anomalous[i],
      ); // prettier-ignore
      continue;
    }
    statement.run(
      capture, c.id[i], rows.uid[i], rows.communityId[i], c.sec[i], c.nano[i], duration, c.origHost[i], origAddress,
      c.origPort[i], c.respHost[i], respAddress, c.respPort[i], c.proto[i], service, app, c.connState[i], letters,
      known ? c.origBytes[i] : null, known ? c.respBytes[i] : null, c.missedBytes[i], c.origPkts[i], c.origIpBytes[i],
      c.respPkts[i], c.respIpBytes[i], c.vlan[i], c.tunnel[i], c.parent[i]! < 0 ? null : c.parent[i],
      Number.isNaN(score) ? null : score, rows.anomalous[i], facts, program?.name ?? '', program?.pid ?? null,
      program?.user ?? '',
    ); // prettier-ignore
  }
}

export function addWindows(db: Database.Database, capture: number, rows: WindowRows): void {
  const c = makeColumns(hostWindowSchema, rows.capacity, rows.columns);
  const statement = db.prepare(insert('windows', WINDOW_COLUMNS));
  for (let i = 0; i < rows.count; i++) {
    statement.run(
      capture, c.host[i], c.length[i], c.start[i], c.packetsOut[i], c.packetsIn[i], c.bytesOut[i], c.bytesIn[i],
      c.flowsOut[i], c.flowsIn[i], c.failedOut[i], c.failedIn[i], c.peersOut[i], c.portsOut[i], c.peersIn[i],
      c.newPeers[i], c.synOut[i], c.rstOut[i], c.icmpOut[i], c.arpOut[i], c.dnsQueries[i], c.dnsFailures[i],
      c.portEntropy[i], c.peerEntropy[i],
    ); // prettier-ignore
  }
}

const HOST_COLUMNS = [
  'capture', 'host', 'address', 'address_bytes', 'risk', 'flows', 'bytes_out', 'bytes_in', 'roles', 'device',
]; // prettier-ignore

export function addHosts(db: Database.Database, capture: number, hosts: readonly HostRow[], isNew: boolean): void {
  const statement = db.prepare(insert('hosts', HOST_COLUMNS, isNew));
  for (const h of hosts) {
    statement.run(
      capture, h.host, h.address, addressBytes(h.words, 0), h.risk, h.flows, h.bytesOut, h.bytesIn,
      JSON.stringify(h.roles), h.device ? JSON.stringify(h.device) : null,
    ); // prettier-ignore
  }
}

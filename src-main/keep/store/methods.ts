/** What the worker does, on an open database. Every method is one transaction. */
import type Database from 'better-sqlite3';
import { CONN_STATES, flowSchema, HISTORY_MAX } from '../../meter/flows/types.ts';
import { makeColumns } from '../../meter/columns.ts';
import { hostWindowSchema } from '../../meter/windows/types.ts';
import { alertMethods } from './alert-methods.ts';
import { deskMethods } from './desk-methods.ts';
import { beginFlows, endFlows } from './flow-indexes.ts';
import { incidentMethods } from './incident-methods.ts';
import { labModelMethods } from './lab-model-methods.ts';
import { ruleMethods } from './rule-methods.ts';
import type { CaptureRow, CaptureSummary, FlowRows, StoreMethods, WindowRows } from './types.ts';

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

function insert(table: string, columns: readonly string[]): string {
  return `INSERT OR REPLACE INTO ${table} (${columns.join(', ')}) VALUES (${columns.map(() => '?').join(', ')})`;
}

/** 16 bytes, most significant first. */
function addressBytes(words: Uint32Array, at: number): Buffer {
  const bytes = Buffer.allocUnsafe(16);
  for (let i = 0; i < 4; i++) bytes.writeUInt32BE(words[at + i]!, i * 4);
  return bytes;
}

function addFlows(db: Database.Database, capture: number, rows: FlowRows): void {
  const c = makeColumns(flowSchema, rows.capacity, rows.columns);
  const statement = db.prepare(insert('flows', FLOW_COLUMNS));
  const history = Buffer.from(c.history.buffer, c.history.byteOffset, c.history.byteLength);
  for (let i = 0; i < rows.count; i++) {
    const duration = c.lastSec[i]! - c.sec[i]! + (c.lastNano[i]! - c.nano[i]!) * NANO;
    const known = c.hasBytes[i] === 1;
    const score = rows.score[i]!;
    const historyAt = i * HISTORY_MAX;
    const program = rows.processes?.[i];
    statement.run(
      capture, c.id[i], rows.uid[i], rows.communityId[i], c.sec[i], c.nano[i], duration,
      c.origHost[i], c.origHost[i] === 0 ? addressBytes(c.orig, i * 4) : null, c.origPort[i],
      c.respHost[i], c.respHost[i] === 0 ? addressBytes(c.resp, i * 4) : null, c.respPort[i],
      c.proto[i], rows.service[i], rows.app[i], c.connState[i],
      history.latin1Slice(historyAt, historyAt + c.historyLength[i]!),
      known ? c.origBytes[i] : null, known ? c.respBytes[i] : null, c.missedBytes[i],
      c.origPkts[i], c.origIpBytes[i], c.respPkts[i], c.respIpBytes[i], c.vlan[i], c.tunnel[i],
      c.parent[i]! < 0 ? null : c.parent[i], Number.isNaN(score) ? null : score, rows.anomalous[i], rows.facts[i],
      program?.name ?? '', program?.pid ?? null, program?.user ?? '',
    ); // prettier-ignore
  }
}

function addWindows(db: Database.Database, capture: number, rows: WindowRows): void {
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

/** Numbers of the `conn_state` column to names, for readers of the database. */
export const STATE_NAMES = CONN_STATES;

/** Where the number of the newest capture is kept. */
const LAST_CAPTURE = 'captures.last';

/** Brings what was written into the database itself, so that whoever looks at it next does not wait for that. */
function thenCheckpoint<A extends unknown[]>(db: Database.Database, work: (...args: A) => void): (...args: A) => void {
  return (...args) => {
    work(...args);
    db.pragma('wal_checkpoint(PASSIVE)');
  };
}

/** The methods over `db`; the caller wraps errors. */
export function storeMethods(db: Database.Database): StoreMethods {
  const inTransaction = <A extends unknown[], R>(work: (...args: A) => R): ((...args: A) => R) => {
    const run = db.transaction(work);
    return (...args) => run.immediate(...args) as R;
  };
  return {
    ...deskMethods(db, inTransaction),
    ...incidentMethods(db, inTransaction),
    ...labModelMethods(db, inTransaction),
    ...alertMethods(db, inTransaction),
    ...ruleMethods(db, inTransaction),
    beginCapture: inTransaction((capture) => {
      // A number is never given again: what still names a capture that was removed must not lead to another one.
      const used = db.prepare('SELECT value FROM settings WHERE key = ?').get(LAST_CAPTURE) as
        { value: string } | undefined;
      const top = db.prepare('SELECT ifnull(max(id), 0) AS id FROM captures').get() as { id: number };
      const id = Math.max(Number(used?.value ?? 0) || 0, top.id) + 1;
      db.prepare('INSERT OR REPLACE INTO settings (key, value) VALUES (?, ?)').run(LAST_CAPTURE, String(id));
      const sql = "INSERT INTO captures (id, name, status, imported_at, program) VALUES (?, ?, 'incomplete', ?, ?)";
      db.prepare(sql).run(id, capture.name, capture.importedAt, capture.program);
      return id;
    }),
    addFlows: inTransaction((capture, rows) => addFlows(db, capture, rows)),
    beginFlows: (rows) => beginFlows(db, rows),
    endFlows: () => endFlows(db),
    removeFlows: inTransaction((capture, ids) => {
      const statement = db.prepare('DELETE FROM flows WHERE capture = ? AND id = ?');
      for (const id of ids) statement.run(capture, id);
    }),
    addWindows: inTransaction((capture, rows) => addWindows(db, capture, rows)),
    addHosts: inTransaction((capture, hosts) => {
      const columns = [
        'capture',
        'host',
        'address',
        'address_bytes',
        'risk',
        'flows',
        'bytes_out',
        'bytes_in',
        'roles',
        'device',
      ];
      const statement = db.prepare(insert('hosts', columns));
      for (const h of hosts) {
        const bytes = addressBytes(h.words, 0);
        statement.run(
          capture,
          h.host,
          h.address,
          bytes,
          h.risk,
          h.flows,
          h.bytesOut,
          h.bytesIn,
          JSON.stringify(h.roles),
          h.device ? JSON.stringify(h.device) : null,
        );
      }
    }),
    finishCapture: thenCheckpoint(
      db,
      inTransaction((capture: number, summary: CaptureSummary) => {
        const columns = [
          'capture',
          'number',
          'path',
          'sha256',
          'format',
          'link_types',
          'packets',
          'bytes',
          'first_ts',
          'last_ts',
          'warnings',
        ];
        const statement = db.prepare(insert('inputs', columns));
        summary.inputs.forEach((i, n) => {
          const lists = [JSON.stringify(i.linkTypes), JSON.stringify(i.warnings)] as const;
          statement.run(
            capture,
            n,
            i.path,
            i.sha256,
            i.format,
            lists[0],
            i.packets,
            i.bytes,
            i.firstTs,
            i.lastTs,
            lists[1],
          );
        });
        const sql = 'UPDATE captures SET status = ?, report = ? WHERE id = ?';
        db.prepare(sql).run(summary.status, JSON.stringify(summary.report), capture);
      }),
    ),
    captures: () =>
      db
        .prepare(
          `SELECT id, name, status, imported_at AS importedAt,
             (SELECT count(*) FROM flows WHERE capture = captures.id) AS flows,
             (SELECT count(*) FROM incidents WHERE capture = captures.id) AS incidents
           FROM captures ORDER BY id`,
        )
        .all() as CaptureRow[],
    removeCapture: inTransaction((capture) => void db.prepare('DELETE FROM captures WHERE id = ?').run(capture)),
    setting: (key) => {
      const row = db.prepare('SELECT value FROM settings WHERE key = ?').get(key) as { value: string } | undefined;
      if (row === undefined) return undefined;
      try {
        return JSON.parse(row.value) as unknown;
      } catch {
        // Written by another program: what is not there has its default.
        return undefined;
      }
    },
    setSetting: inTransaction((key, value) => {
      db.prepare(insert('settings', ['key', 'value'])).run(key, JSON.stringify(value));
    }),
    swapSetting: inTransaction((key, before, value) => {
      const sql = 'SELECT value FROM settings WHERE key = ?';
      const kept = db.prepare(sql).pluck().get(key) as string | undefined;
      if (kept !== (before === undefined ? undefined : JSON.stringify(before))) return false;
      db.prepare(insert('settings', ['key', 'value'])).run(key, JSON.stringify(value));
      return true;
    }),
    addModel: inTransaction((name, sha256, addedAt, bytes) => {
      db.prepare(insert('models', ['sha256', 'name', 'added_at', 'bytes'])).run(sha256, name, addedAt, bytes);
    }),
    check: () => {
      const rows = db.pragma('integrity_check') as { integrity_check: string }[];
      return rows.map((r) => r.integrity_check).filter((text) => text !== 'ok');
    },
  };
}

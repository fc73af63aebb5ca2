/** Pages of the flow table. */
import type Database from 'better-sqlite3';
import type { Answer, Input } from '../../../../src-shared/contract/define.ts';
import type { contract } from '../../../../src-shared/contract/index.ts';
import type { FlowRow } from '../../../../src-shared/contract/topics/flows.ts';
import { STATE_WORDS, TUNNEL_WORDS } from '../../../../src-shared/domain/filter/fields.ts';
import type { FlowProcess, FlowSort } from '../../../../src-shared/domain/flow.ts';
import { addressText } from '../../../../src-shared/domain/network.ts';
import { formatTime } from '../../../../src-shared/domain/time.ts';
import { SondeError } from '../../../../src-shared/errors.ts';
import { captureRecord, decodeCursor, encodeCursor, selected, type Selection } from './common.ts';
import { protoWord } from './protocols.ts';

type Page = typeof contract.flows.page;
type Totals = typeof contract.flows.totals;
type Get = typeof contract.flows.get;

/** What a sort compares; unset values come before all others. */
const SORTS: Readonly<Record<FlowSort, readonly string[]>> = {
  ts: ['f.sec', 'f.nano'],
  duration: ['f.duration'],
  'id.orig_h': [
    'ifnull((SELECT hex(address_bytes) FROM hosts WHERE capture = f.capture AND host = f.orig_host), hex(f.orig_address))',
  ],
  'id.orig_p': ['f.orig_port'],
  'id.resp_h': [
    'ifnull((SELECT hex(address_bytes) FROM hosts WHERE capture = f.capture AND host = f.resp_host), hex(f.resp_address))',
  ],
  'id.resp_p': ['f.resp_port'],
  proto: ['f.proto'],
  service: ['f.service'],
  app: ['f.app'],
  conn_state: ['f.conn_state'],
  orig_bytes: ['ifnull(f.orig_bytes, -1)'],
  resp_bytes: ['ifnull(f.resp_bytes, -1)'],
  orig_pkts: ['f.orig_pkts'],
  resp_pkts: ['f.resp_pkts'],
  score: ['ifnull(f.score, -1)'],
};

/** Sorts that an index serves (migrations 1 and 2). */
const INDEXED: ReadonlySet<FlowSort> = new Set([
  'ts',
  'duration',
  'id.resp_p',
  'service',
  'orig_bytes',
  'resp_bytes',
  'score',
]);

/** Columns of a flow with the addresses of its ends. */
export const FLOW_SELECT = `f.*,
  ifnull((SELECT address_bytes FROM hosts WHERE capture = f.capture AND host = f.orig_host), f.orig_address) AS orig_bytes_address,
  ifnull((SELECT address_bytes FROM hosts WHERE capture = f.capture AND host = f.resp_host), f.resp_address) AS resp_bytes_address`;

export interface StoredFlow {
  id: number;
  uid: string;
  community_id: string;
  sec: number;
  nano: number;
  duration: number;
  orig_port: number;
  resp_port: number;
  proto: number;
  service: string;
  app: string;
  conn_state: number;
  history: string;
  orig_bytes: number | null;
  resp_bytes: number | null;
  missed_bytes: number;
  orig_pkts: number;
  orig_ip_bytes: number;
  resp_pkts: number;
  resp_ip_bytes: number;
  vlan: number;
  tunnel: number;
  score: number | null;
  anomalous: number;
  facts: string;
  process_name: string;
  process_pid: number | null;
  process_user: string;
  orig_bytes_address: Uint8Array | null;
  resp_bytes_address: Uint8Array | null;
}

const VLAN_MASK = 0xfff;
const SCORE_DIGITS = 1e6;

const addressOf = (bytes: Uint8Array | null): string => (bytes === null ? '::' : addressText(bytes));

function processOf({ process_name: name, process_user: user }: StoredFlow, pid: number): FlowProcess {
  return { pid, name, ...(user === '' ? {} : { user }) };
}

export function flowRowOf(f: StoredFlow): FlowRow {
  const vlan = f.vlan & VLAN_MASK;
  return {
    id: f.id,
    ts: f.sec + Math.round(f.nano / 1000) / 1e6,
    tsText: formatTime(f.sec, f.nano),
    uid: f.uid,
    communityId: f.community_id,
    origH: addressOf(f.orig_bytes_address),
    origP: f.orig_port,
    respH: addressOf(f.resp_bytes_address),
    respP: f.resp_port,
    proto: protoWord(f.proto),
    service: f.service,
    app: f.app,
    duration: f.duration,
    origBytes: f.orig_bytes,
    respBytes: f.resp_bytes,
    connState: STATE_WORDS[f.conn_state] ?? 'OTH',
    missedBytes: f.missed_bytes,
    history: f.history,
    origPkts: f.orig_pkts,
    origIpBytes: f.orig_ip_bytes,
    respPkts: f.resp_pkts,
    respIpBytes: f.resp_ip_bytes,
    vlan: vlan === 0 ? null : vlan,
    tunnel: f.tunnel === 0 ? '' : (TUNNEL_WORDS[f.tunnel] ?? ''),
    score: f.score === null ? null : Math.round(f.score * SCORE_DIGITS) / SCORE_DIGITS,
    anomalous: f.anomalous === 1,
    ...(f.process_pid === null ? {} : { process: processOf(f, f.process_pid) }),
  };
}

/** Rows after the cursor, as a condition that an index on the first column can serve. */
function beyond(columns: readonly string[], descending: boolean): string {
  const sign = descending ? '<' : '>';
  if (columns.length > 2) return `(${columns.join(', ')}) ${sign} (${columns.map(() => '?').join(', ')})`;
  const [first, id] = columns as [string, string];
  return `${first} ${sign}= ? AND (${first} ${sign} ? OR ${id} ${sign} ?)`;
}

/** One page: first the ids, from an index where there is one, then the rows. `watch()` lets a long walk be stopped. */
export function flowPage(db: Database.Database, input: Input<Page>): Answer<Page> {
  const where = selected(input);
  const columns = [...SORTS[input.sort], 'f.id'];
  const direction = input.descending ? 'DESC' : 'ASC';
  const order = columns.map((c) => `${c} ${direction}`).join(', ');
  const after = input.cursor === undefined ? [] : decodeCursor(input.cursor, columns.length);
  const keys = after.length === 2 ? [after[0]!, ...after] : after;
  const parts = [where.sql, ...(after.length > 0 ? [beyond(columns, input.descending)] : [])];
  if (!where.whole || !INDEXED.has(input.sort)) parts.push('watch()');
  // The walk touches nothing but the index; the rows of the page are fetched after it.
  const ids = `SELECT f.capture AS key_capture, f.id AS key_id FROM flows f WHERE ${parts.join(' AND ')} ORDER BY ${order} LIMIT ? OFFSET ?`;
  const keyed = columns.map((c, n) => `${c} AS k${n}`).join(', ');
  const sql = `SELECT ${FLOW_SELECT}, ${keyed}
    FROM (${ids}) p JOIN flows f ON f.capture = p.key_capture AND f.id = p.key_id ORDER BY ${order}`;
  const found = db.prepare(sql).all([...where.params, ...keys, input.limit + 1, input.offset ?? 0]) as (StoredFlow &
    Record<string, number | string>)[];
  const page = found.slice(0, input.limit);
  const last = page.at(-1);
  const next = found.length > input.limit && last ? encodeCursor(columns.map((_, n) => last[`k${n}`]!)) : null;
  return { rows: page.map(flowRowOf), next };
}

/** Sums over a selection; those of a whole capture were kept at its import. A case holds some of its flows alone. */
export function flowTotals(db: Database.Database, input: Selection): Answer<Totals> {
  const record = captureRecord(db, input.capture);
  const where = selected(input);
  if (where.whole && record.facts.totals && !record.facts.whole) return record.facts.totals;
  return db
    .prepare(
      `SELECT count(*) AS flows, ifnull(sum(f.orig_bytes), 0) AS origBytes, ifnull(sum(f.resp_bytes), 0) AS respBytes,
         ifnull(sum(f.orig_pkts + f.resp_pkts), 0) AS packets, ifnull(sum(f.anomalous), 0) AS anomalous,
         min(f.sec) AS firstTs, max(f.sec) AS lastTs
       FROM flows f WHERE ${where.sql} AND watch()`,
    )
    .get(where.params) as Answer<Totals>;
}

export function factsOf({ facts }: StoredFlow): Record<string, string> {
  return facts === '' ? {} : (JSON.parse(facts) as Record<string, string>);
}

/** @throws SondeError `not-found` */
export function getFlow(db: Database.Database, { capture, id }: Input<Get>): Answer<Get> {
  const stored = db.prepare(`SELECT ${FLOW_SELECT} FROM flows f WHERE f.capture = ? AND f.id = ?`).get(capture, id) as
    StoredFlow | undefined;
  if (!stored)
    throw new SondeError('not-found', 'this flow is no longer there', String(id), 'Go back to the list of flows.');
  const uids = db.prepare('SELECT uid FROM incident_flows WHERE capture = ? AND flow = ?').all(capture, id) as {
    uid: string;
  }[];
  return {
    flow: flowRowOf(stored),
    facts: factsOf(stored),
    incidents: uids.map((u) => u.uid),
  };
}

const VALUE_COLUMNS: ReadonlyMap<string, string> = new Map([
  ['service', 'service'],
  ['app', 'app'],
  ['process', 'process_name'],
]);
const VALUES = 20;

/** Values of a field that occur in a capture and begin with a prefix, most frequent first. */
export function fieldValues(
  db: Database.Database,
  capture: number,
  field: string,
  prefix: string,
): { value: string; flows: number }[] {
  const like = `${likePrefix(prefix)}%`;
  if (field === 'incident') {
    const sql =
      "SELECT uid AS value, 0 AS flows FROM incidents WHERE capture = ? AND uid LIKE ? ESCAPE '\\' ORDER BY number LIMIT ?";
    return db.prepare(sql).all(capture, like, VALUES) as { value: string; flows: number }[];
  }
  if (field === 'id.orig_h' || field === 'id.resp_h' || field === 'host') {
    const sql =
      "SELECT address AS value, flows FROM hosts WHERE capture = ? AND address LIKE ? ESCAPE '\\' ORDER BY risk DESC LIMIT ?";
    return db.prepare(sql).all(capture, like, VALUES) as { value: string; flows: number }[];
  }
  const column = VALUE_COLUMNS.get(field);
  if (column === undefined) return [];
  const sql = `SELECT ${column} AS value, count(*) AS flows FROM flows WHERE capture = ? AND ${column} LIKE ? ESCAPE '\\' AND ${column} <> ''
    GROUP BY ${column} ORDER BY flows DESC, value LIMIT ?`;
  return db.prepare(sql).all(capture, like, VALUES) as { value: string; flows: number }[];
}

function likePrefix(text: string): string {
  return text.replace(/[\\%_]/g, '\\$&');
}

/** Rows of an export, in order of time, in chunks after `after`. */
export function flowsAfter(db: Database.Database, input: Selection, after: number, limit: number): StoredFlow[] {
  const where = selected(input);
  const sql = `SELECT ${FLOW_SELECT} FROM flows f WHERE ${where.sql} AND f.id > ? AND watch() ORDER BY f.id LIMIT ?`;
  return db.prepare(sql).all([...where.params, after, limit]) as StoredFlow[];
}

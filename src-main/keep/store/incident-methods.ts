/** Incidents as they are written: those of a live session more than once, while people already decide about them. */
import type Database from 'better-sqlite3';
import type { StoredIncident, StoreMethods } from './types.ts';

type Transaction = <A extends unknown[], R>(work: (...args: A) => R) => (...args: A) => R;

const COLUMNS = [
  'capture', 'uid', 'number', 'kind', 'severity', 'confidence', 'title', 'first_ts', 'decided_ts', 'last_ts', 'body',
]; // prettier-ignore

const KEY = 2;

/** Replacing the row would take its history with it. */
const PUT = `INSERT INTO incidents (${COLUMNS.join(', ')}) VALUES (${COLUMNS.map(() => '?').join(', ')})
  ON CONFLICT (capture, uid) DO UPDATE SET ${COLUMNS.slice(KEY)
    .map((name) => `${name} = excluded.${name}`)
    .join(', ')}`;

function add(db: Database.Database, capture: number, incidents: readonly StoredIncident[]): void {
  const put = db.prepare(PUT);
  const forget = (table: string): Database.Statement =>
    db.prepare(`DELETE FROM ${table} WHERE capture = ? AND uid = ?`);
  const [forgetFacts, forgetFlows] = [forget('evidence'), forget('incident_flows')];
  const fact = db.prepare(
    'INSERT INTO evidence (capture, uid, number, fact, value, expected, unit) VALUES (?, ?, ?, ?, ?, ?, ?)',
  );
  const link = db.prepare('INSERT OR IGNORE INTO incident_flows (capture, uid, flow) VALUES (?, ?, ?)');
  for (const { incident: i, flows } of incidents) {
    const { uid, id, kind, severity, confidence, title, firstTs, decidedTs, lastTs } = i;
    put.run(capture, uid, id, kind, severity, confidence, title, firstTs, decidedTs, lastTs, JSON.stringify(i));
    forgetFacts.run(capture, uid);
    i.evidence.forEach((e, n) => fact.run(capture, uid, n, e.fact, e.value, e.expected, e.unit));
    if (!flows) continue;
    forgetFlows.run(capture, uid);
    for (const flow of flows) link.run(capture, uid, flow);
  }
}

function keep(db: Database.Database, capture: number, uids: readonly string[]): void {
  const kept = new Set(uids);
  const all = db.prepare('SELECT uid FROM incidents WHERE capture = ?').all(capture) as { uid: string }[];
  const remove = db.prepare('DELETE FROM incidents WHERE capture = ? AND uid = ?');
  for (const { uid } of all) if (!kept.has(uid)) remove.run(capture, uid);
}

function drop(db: Database.Database, capture: number, uids: readonly string[]): void {
  const remove = db.prepare('DELETE FROM incidents WHERE capture = ? AND uid = ?');
  for (const uid of uids) remove.run(capture, uid);
}

export function incidentMethods(
  db: Database.Database,
  inTransaction: Transaction,
): Pick<StoreMethods, 'addIncidents' | 'keepIncidents' | 'dropIncidents' | 'dropOldIncidents'> {
  return {
    dropIncidents: inTransaction((capture, uids) => drop(db, capture, uids)),
    dropOldIncidents: inTransaction(
      (capture, before) =>
        db.prepare('DELETE FROM incidents WHERE capture = ? AND last_ts < ?').run(capture, before).changes,
    ),
    addIncidents: inTransaction((capture, incidents) => add(db, capture, incidents)),
    keepIncidents: inTransaction((capture, uids) => keep(db, capture, uids)),
  };
}

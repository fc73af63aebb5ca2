/** What the desk writes: summaries, decisions about incidents, suppressions, saved filters, the audit log. */
import { plainText } from '../../../src-shared/domain/plain-text.ts';
import type Database from 'better-sqlite3';
import type { Incident } from '../../../src-shared/domain/report.ts';
import type { SuppressionScope } from '../../../src-shared/domain/suppression.ts';
import {
  firstMatch,
  makeMatchers,
  type FlowMarks,
  type MarkLists,
  type Matcher,
} from '../../detect/incidents/suppressions/engine.ts';
import { incidentMarks } from './queries/protocols.ts';
import type { NewSuppression, StoreMethods } from './types.ts';

type Transaction = <A extends unknown[], R>(work: (...args: A) => R) => (...args: A) => R;

type DeskMethods = Pick<
  StoreMethods,
  | 'addExtras'
  | 'renameCapture'
  | 'dismissQuality'
  | 'noteRoles'
  | 'setIncidentStatus'
  | 'addSuppression'
  | 'addSuppressions'
  | 'setSuppressionEnabled'
  | 'removeSuppression'
  | 'removeSuppressions'
  | 'applySuppressions'
  | 'expectedIncidents'
  | 'saveFilter'
  | 'removeFilter'
  | 'addAudit'
  | 'addExperiment'
  | 'removeExperiment'
>;

interface StoredSuppression {
  id: number;
  scope: string;
  created_at: number;
  expires_at: number | null;
  enabled: number;
}

function matchers(db: Database.Database, now: number): Matcher[] {
  const rows = db
    .prepare('SELECT id, scope, created_at, expires_at, enabled FROM suppressions ORDER BY id')
    .all() as StoredSuppression[];
  const list = rows.map((r) => ({
    id: r.id,
    scope: JSON.parse(r.scope) as SuppressionScope,
    expiresAt: r.expires_at,
    enabled: r.enabled === 1,
  }));
  return makeMatchers(list, now);
}

/** What is stored of the incident's flows, and what those tell that have not ended. */
function together(stored: FlowMarks, told: MarkLists | undefined): FlowMarks {
  if (!told) return stored;
  return {
    protocols: () => new Set([...stored.protocols(), ...told.protocols]),
    ja4: () => new Set([...stored.ja4(), ...told.ja4]),
  };
}

function apply(
  db: Database.Database,
  now: number,
  capture: number | null,
  told?: ReadonlyMap<string, MarkLists>,
): number {
  const active = matchers(db, now);
  const all = 'SELECT capture, uid, body, suppressed_by AS was FROM incidents WHERE ? IS NULL OR capture = ?';
  const rows = db.prepare(all).all(capture, capture) as {
    capture: number;
    uid: string;
    body: string;
    was: number | null;
  }[];
  const set = db.prepare('UPDATE incidents SET suppressed_by = ? WHERE capture = ? AND uid = ?');
  const hit = db.prepare('UPDATE suppressions SET last_hit_at = ? WHERE id = ?');
  const marks = incidentMarks(db);
  let silent = 0;
  for (const row of rows) {
    const incident = JSON.parse(row.body) as Incident;
    const known = together(marks(row.capture, row.uid), capture === null ? undefined : told?.get(row.uid));
    const by = firstMatch(active, incident, known);
    if (by !== null) silent++;
    if (by === row.was) continue;
    set.run(by, row.capture, row.uid);
    if (by !== null) hit.run(now, by);
  }
  return silent;
}

function addSuppression(db: Database.Database, suppression: NewSuppression): number {
  const { scope, reason, author, createdAt, expiresAt, enabled = true } = suppression;
  const sql =
    'INSERT INTO suppressions (scope, reason, author, created_at, expires_at, enabled) VALUES (?, ?, ?, ?, ?, ?)';
  const values = [JSON.stringify(scope), plainText(reason), plainText(author), createdAt, expiresAt, enabled ? 1 : 0];
  return Number(db.prepare(sql).run(...values).lastInsertRowid);
}

export function deskMethods(db: Database.Database, inTransaction: Transaction): DeskMethods {
  const changed = (sql: string, ...args: unknown[]): boolean => db.prepare(sql).run(...args).changes > 0;
  return {
    addExtras: inTransaction((capture, { facts, timeline, names, macs }) => {
      db.prepare('UPDATE captures SET facts = ? WHERE id = ?').run(JSON.stringify(facts), capture);
      const bucket = db.prepare(
        'INSERT OR REPLACE INTO timeline (capture, start, packets, bytes, flows, anomalous) VALUES (?, ?, ?, ?, ?, ?)',
      );
      for (const b of timeline) bucket.run(capture, b.start, b.packets, b.bytes, b.flows, b.anomalous);
      const name = db.prepare(
        'INSERT OR IGNORE INTO host_names (capture, address, source, name, first, last, told_by) VALUES (?, ?, ?, ?, ?, ?, ?)',
      );
      for (const n of names) name.run(capture, n.address, n.source, n.name, n.first, n.last, n.by);
      const mac = db.prepare('INSERT OR IGNORE INTO host_macs (capture, address, mac) VALUES (?, ?, ?)');
      for (const m of macs) mac.run(capture, m.address, m.mac);
    }),
    renameCapture: inTransaction((capture, name) =>
      changed('UPDATE captures SET name = ? WHERE id = ?', name, capture),
    ),
    dismissQuality: inTransaction((capture, code, by) => {
      if (db.prepare('SELECT 1 FROM captures WHERE id = ?').get(capture) === undefined) return false;
      if (by === null) db.prepare('DELETE FROM quality_dismissed WHERE capture = ? AND code = ?').run(capture, code);
      else {
        const sql = 'INSERT OR IGNORE INTO quality_dismissed (capture, code, at, author) VALUES (?, ?, ?, ?)';
        db.prepare(sql).run(capture, code, by.at, plainText(by.user));
      }
      return true;
    }),
    noteRoles: inTransaction((capture, roles, networks) => {
      const sql = `UPDATE captures SET report = json_set(report, '$.roles', json(?), '$.networksFound', json(?)) WHERE id = ?`;
      return changed(sql, JSON.stringify(roles), JSON.stringify(networks), capture);
    }),
    setIncidentStatus: inTransaction((capture, uid, { at, user, status, note }) => {
      if (!changed('UPDATE incidents SET status = ? WHERE capture = ? AND uid = ?', status, capture, uid)) return false;
      const sql = 'INSERT INTO incident_changes (capture, uid, at, user, status, note) VALUES (?, ?, ?, ?, ?, ?)';
      return changed(sql, capture, uid, at, user, status, note);
    }),
    addSuppression: inTransaction((suppression) => addSuppression(db, suppression)),
    addSuppressions: inTransaction((list) => list.forEach((each) => addSuppression(db, each))),
    setSuppressionEnabled: inTransaction((id, enabled) =>
      changed('UPDATE suppressions SET enabled = ? WHERE id = ?', enabled ? 1 : 0, id),
    ),
    removeSuppression: inTransaction((id) => changed('DELETE FROM suppressions WHERE id = ?', id)),
    removeSuppressions: inTransaction(
      (ids) => ids.filter((id) => changed('DELETE FROM suppressions WHERE id = ?', id)).length,
    ),
    applySuppressions: inTransaction((now, capture, marks) => apply(db, now, capture, marks)),
    expectedIncidents: (capture) =>
      db
        .prepare(
          "SELECT uid FROM incidents WHERE capture = ? AND (suppressed_by IS NOT NULL OR status IN ('expected', 'false-alarm'))",
        )
        .pluck()
        .all(capture) as string[],
    saveFilter: inTransaction((name, filter, savedAt) => {
      db.prepare('INSERT OR REPLACE INTO saved_filters (name, filter, saved_at) VALUES (?, ?, ?)').run(
        plainText(name),
        filter,
        savedAt,
      );
    }),
    removeFilter: inTransaction((name) => changed('DELETE FROM saved_filters WHERE name = ?', name)),
    addExperiment: inTransaction(({ name, createdAt, user, options, files, summary, report }) => {
      const sql =
        'INSERT INTO experiments (name, created_at, user, options, files, summary, report) VALUES (?, ?, ?, ?, ?, ?, ?)';
      const parts = [options, files, summary].map((part) => JSON.stringify(part));
      const { lastInsertRowid } = db.prepare(sql).run(plainText(name), createdAt, plainText(user), ...parts, report);
      return Number(lastInsertRowid);
    }),
    removeExperiment: inTransaction((id) => changed('DELETE FROM experiments WHERE id = ?', id)),
    addAudit: inTransaction(({ at, user, action, object, detail }) => {
      db.prepare('INSERT INTO audit (at, user, action, object, detail) VALUES (?, ?, ?, ?, ?)').run(
        at,
        plainText(user),
        action,
        plainText(object),
        plainText(detail),
      );
    }),
  };
}
